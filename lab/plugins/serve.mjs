import * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import { main } from "@pulumi/pulumi/provider/index.js";
import * as structs from "google-protobuf/google/protobuf/struct_pb.js";

/** Aborted by Ctrl-C, for a plugin that ends its requests under way when the engine cancels them; bridged ones do not. */
const cancelled = new AbortController();
export const { signal } = cancelled;

/** What a preview shows of a value that only the service gives. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Serves a stand-in for a provider plugin that cannot be had where tests run. The Node provider server takes for
 * granted that olds and properties are set, which they are not on import (tried on azure-native 3.28.0). The inputs of before come to
 * `diff` as `__inputs` where the state does not keep them itself.
 * @param previewed the outputs as a preview knows them; absent for a plugin that leaves previews to the engine
 */
export function serve({ previewed, ...provider }) {
  const { CheckRequest, DiffRequest, ReadRequest } = messages.default;
  const struct = structs.default.Struct;
  const empty = () => struct.fromJavaScript({});
  const { getOlds } = CheckRequest.prototype;
  CheckRequest.prototype.getOlds = function () {
    return getOlds.call(this) ?? empty();
  };
  const { getOlds: getDiffOlds } = DiffRequest.prototype;
  DiffRequest.prototype.getOlds = function () {
    const olds = (getDiffOlds.call(this) ?? empty()).toJavaScript();
    return struct.fromJavaScript({ __inputs: this.getOldInputs()?.toJavaScript() ?? olds, ...olds });
  };
  const { getProperties } = ReadRequest.prototype;
  ReadRequest.prototype.getProperties = function () {
    return getProperties.call(this) ?? empty();
  };
  const shown = previewed === undefined ? provider : withPreviews(provider, previewed);
  main({ cancel: async () => cancelled.abort(), ...shown }, process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}

/** The Node provider server serves no previews: the engine is told that this one does, and the requests say whether they are. */
function withPreviews(provider, previewed) {
  const { ConfigureResponse, CreateRequest, UpdateRequest } = messages.default;
  const struct = structs.default.Struct;
  const { setAcceptsecrets } = ConfigureResponse.prototype;
  ConfigureResponse.prototype.setAcceptsecrets = function (value) {
    this.setSupportspreview(true);
    return setAcceptsecrets.call(this, value);
  };
  const marked = (request, given) =>
    struct.fromJavaScript({ ...given.call(request).toJavaScript(), __preview: request.getPreview() });
  const { getProperties } = CreateRequest.prototype;
  CreateRequest.prototype.getProperties = function () {
    return marked(this, getProperties);
  };
  const { getNews } = UpdateRequest.prototype;
  UpdateRequest.prototype.getNews = function () {
    return marked(this, getNews);
  };
  return {
    ...provider,
    create: async (urn, { __preview, ...news }) =>
      __preview ? { id: "", outs: previewed(news, {}) } : provider.create(urn, news),
    update: async (id, urn, olds, { __preview, ...news }) =>
      __preview ? { outs: previewed(news, olds) } : provider.update(id, urn, olds, news),
  };
}

/** Inputs that differ between what was declared last and what is declared now. */
export function changed(olds, news) {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)].filter((key) => !key.startsWith("__")));
  return [...keys].filter((key) => canonical(olds[key]) !== canonical(news[key])).sort();
}

/** JSON with sorted keys: the wire does not keep their order. */
function canonical(value) {
  return JSON.stringify(value, (_key, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

/** A setting the lab gives. */
export function setting(name) {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: this stand-in works against mailstage's lab only`);
  return value;
}
