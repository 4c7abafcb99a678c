import * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import { main } from "@pulumi/pulumi/provider/index.js";
import * as structs from "google-protobuf/google/protobuf/struct_pb.js";

/** Aborted by Ctrl-C, for a plugin that ends its requests under way when the engine cancels them; bridged ones do not. */
const cancelled = new AbortController();
export const { signal } = cancelled;

/**
 * Serves a stand-in for a provider plugin that cannot be had where tests run. The Node provider server takes for
 * granted that olds and properties are set, which they are not on import (tried on azure-native 3.28.0).
 */
export function serve(provider) {
  const { CheckRequest, DiffRequest, ReadRequest } = messages.default;
  const empty = () => structs.default.Struct.fromJavaScript({});
  const { getOlds } = CheckRequest.prototype;
  CheckRequest.prototype.getOlds = function () {
    return getOlds.call(this) ?? empty();
  };
  const { getOlds: getDiffOlds } = DiffRequest.prototype;
  DiffRequest.prototype.getOlds = function () {
    return getDiffOlds.call(this) ?? empty();
  };
  const { getProperties } = ReadRequest.prototype;
  ReadRequest.prototype.getProperties = function () {
    return getProperties.call(this) ?? empty();
  };
  main({ cancel: async () => cancelled.abort(), ...provider }, process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
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
