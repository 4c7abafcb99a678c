import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Provider as NodeProvider } from "@pulumi/pulumi/provider/index.js";
import { z } from "zod";
import { directFetch } from "./direct-http.js";
import type { Provider } from "./provider.js";
import type { Surroundings } from "./sandbox.js";
import { type Properties, wireAll } from "./values.js";

const folder = resolve(__dirname, "../../dist/lab/plugins");

/** The lab's stand-ins, by the package whose plugin they stand for. */
const files: Readonly<Record<string, string>> = {
  cloudflare: "cloudflare.mjs",
  "azure-native": "azure-native.mjs",
};

/** Whether there is a stand-in for a package's plugin. */
export const isNative = (token: string): boolean => token in files;

const served = z.custom<NodeProvider>(
  (value) => typeof value === "object" && value !== null && "read" in value,
);
/** What the stand-ins put right in the messages of the Node provider server, of which there is none here. */
const messages = () => {
  const message = class {
    /** Whether the stand-in has said that it answers previews. */
    previews = false;
    getOlds() {}
    getProperties() {}
    getNews() {}
    setAcceptsecrets(_value: boolean) {}
    setSupportspreview(value: boolean) {
      this.previews = value;
    }
  };
  const of = (name: string) => ({ [name]: class extends message {} });
  const configured = class extends message {};
  return {
    configured,
    all: {
      ConfigureResponse: configured,
      ...of("CheckRequest"),
      ...of("DiffRequest"),
      ...of("ReadRequest"),
      ...of("CreateRequest"),
      ...of("UpdateRequest"),
    },
  };
};

type Program = (require: (name: string) => unknown, process: NodeJS.Process, sender: typeof fetch) => void;
const isProgram = (value: unknown): value is Program => typeof value === "function";
const programs = new Map<string, Program>();

/** The stand-in as a function: it is an ES module whose few imports stand at the beginning of a line. */
function programOf(token: string): Program {
  const kept = programs.get(token);
  if (kept !== undefined) return kept;
  const source = readFileSync(join(folder, files[token] ?? ""), "utf8")
    .replaceAll(/^import \* as (\w+) from ("[^"]+");$/gm, "const $1 = require($2);")
    .replaceAll(
      /^import \{([^}]+)\} from ("[^"]+");$/gm,
      (_line, names: string, from: string) => `const {${names.replaceAll(" as ", ": ")}} = require(${from});`,
    );
  const made: unknown = new Function("require", "process", "fetch", source);
  if (!isProgram(made)) throw new Error(`${token} is no program`);
  programs.set(token, made);
  return made;
}

/** The stand-in of a DNS host's plugin, in this process. It is given secrets as such. */
export function nativePlugin(token: string, { environment, wait, direct = false }: Surroundings): Provider {
  let provider: NodeProvider | undefined;
  const { configured, all: sent } = messages();
  const modules: Readonly<Record<string, unknown>> = {
    "node:timers/promises": {
      setTimeout: async (ms: number) => {
        await sleep(0);
        await wait(ms);
      },
    },
    "@pulumi/pulumi/provider/index.js": {
      main: async (given: unknown) => {
        provider = served.parse(given);
      },
    },
    "@pulumi/pulumi/proto/provider_pb.js": {
      default: sent,
    },
    "google-protobuf/google/protobuf/struct_pb.js": { default: { Struct: { fromJavaScript: () => ({}) } } },
  };
  programOf(token)(
    (name) => modules[name] ?? require(name),
    Object.create(process, { env: { value: environment }, argv: { value: ["node", token] } }),
    directFetch(direct),
  );
  const must = <T>(method: T | undefined): T => {
    if (method === undefined) throw new Error(`the stand-in of ${token} lacks a method`);
    return method;
  };
  const all = (value: unknown): Properties => wireAll(z.record(z.string(), z.unknown()).parse(value));
  const own = () => must(provider);
  const configuration = new configured();
  configuration.setAcceptsecrets(true);
  /** What a plugin that answers previews is asked with; one that does not is not asked (provider_plugin.go). */
  const asked = (news: Properties, preview: boolean) =>
    configuration.previews ? { ...wireAll(news), __preview: preview } : wireAll(news);
  return {
    check: async (urn, olds, news) => {
      const { inputs, failures = [] } = await must(own().check)(urn, olds, wireAll(news));
      return { inputs: all(inputs ?? news), failures };
    },
    diff: async (urn, id, olds, news) => {
      const {
        changes,
        replaces = [],
        deleteBeforeReplace = false,
      } = await must(own().diff)(id, urn, { __inputs: wireAll(olds.inputs), ...olds.outputs }, wireAll(news));
      return { changes: changes === true, replaces, deleteBeforeReplace };
    },
    create: async (urn, inputs, preview) => {
      if (preview && !configuration.previews) return { id: "", outputs: wireAll(inputs) };
      const { id, outs } = await must(own().create)(urn, asked(inputs, preview));
      return { id, outputs: all(outs) };
    },
    update: async (urn, id, oldOutputs, news, preview) =>
      preview && !configuration.previews
        ? wireAll(news)
        : all((await must(own().update)(id, urn, oldOutputs, asked(news, preview))).outs),
    read: async (urn, id, _inputs, state) => {
      const found = await must(own().read)(id, urn, state);
      return {
        id: found.id ?? "",
        outputs: all(found.props ?? {}),
        ...(found.inputs !== undefined && { inputs: all(found.inputs) }),
      };
    },
    delete: (urn, id, outputs) => must(own().delete)(id, urn, outputs),
    // As the true ones: Ctrl-C ends no request of Cloudflare's; Azure's stand-in is told of it.
    cancel: () => void provider?.cancel?.(),
    end() {},
  };
}
