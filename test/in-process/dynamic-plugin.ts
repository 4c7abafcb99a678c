import type { dynamic } from "@pulumi/pulumi";
import { z } from "zod";
import { type CheckFailure, InitError, type Provider } from "./provider.js";
import { type Surroundings, startBundle } from "./sandbox.js";
import { inOwnStore, type Log, logEngine } from "./sdk-runtime.js";
import { annotateSecrets, type Properties, reveal, wireAll } from "./values.js";

const handlerShape = z.custom<dynamic.ResourceProvider>(
  (value) => typeof value === "object" && value !== null && "check" in value,
);
const initFailure = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.unknown()),
  reasons: z.array(z.string()),
});
const key = "__provider";

/** Configuration as a handler asks it: a name without a namespace is the project's. */
function configOf(config: Readonly<Record<string, string>>): dynamic.Config {
  const get = (name: string) => config[name.includes(":") ? name : `mailstage:${name}`];
  return {
    get,
    require: (name) => {
      const value = get(name);
      if (value === undefined) throw new Error(`missing required configuration key: ${name}`);
      return value;
    },
  };
}

/**
 * Pulumi's plugin for dynamic providers (cmd/dynamic-provider/index.js) with our handlers in it: one process a run. It takes no
 * secrets and knows no previews.
 * @param config the stack's configuration, as the provider was configured with it
 */
export function dynamicPlugin(
  config: Readonly<Record<string, string>>,
  surroundings: Surroundings,
  log: Log,
): Provider {
  const inside = inOwnStore(logEngine(log));
  const instance = inside(() => startBundle("providers/index.js", surroundings));
  const configured = new Map<string, dynamic.ResourceProvider>();
  const handlerOf = async (props: Properties): Promise<dynamic.ResourceProvider> => {
    const line = props[key];
    if (typeof line !== "string") throw new Error(`code must be a string, not ${typeof line}`);
    const kept = configured.get(line);
    if (kept !== undefined) return kept;
    const kind = /\.(\w+)$/.exec(line)?.[1] ?? "";
    const handler = handlerShape.parse(instance.exports[kind]);
    configured.set(line, handler);
    await handler.configure?.({ config: configOf(config) });
    return handler;
  };
  const keeping = (result: Properties | undefined, props: Properties): Properties =>
    wireAll({ ...result, [key]: props[key] });
  const missing = (what: string) => new Error(`the handler has no ${what}`);
  let underWay = 0;
  let ended = false;
  const done = () => {
    if (ended && underWay === 0) instance.release();
  };
  /** What it throws as the engine is told it. */
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    // An engine that was killed asks nothing more.
    if (ended) return new Promise<never>(() => {});
    underWay += 1;
    try {
      return await inside(work);
    } catch (error) {
      const init = initFailure.safeParse(error);
      if (!init.success) throw error;
      const { id, properties, reasons } = init.data;
      throw new InitError(id, wireAll(properties), reasons);
    } finally {
      underWay -= 1;
      done();
    }
  };
  const marked = <T extends Properties>(outs: T, ins: Properties): T => {
    annotateSecrets(outs, ins);
    return outs;
  };
  return {
    check: (_urn, olds, news) =>
      told(async () => {
        const plain = reveal(news);
        const handler = await handlerOf(plain);
        const result = await handler.check?.(reveal(olds), plain);
        const failures: readonly CheckFailure[] = result?.failures ?? [];
        return { inputs: marked(keeping(result?.inputs ?? plain, plain), news), failures };
      }),
    diff: (_urn, id, olds, news) =>
      told(async () => {
        const plain = reveal(news);
        const handler = await handlerOf(plain);
        if (handler.diff === undefined) throw missing("diff");
        const {
          changes,
          replaces = [],
          deleteBeforeReplace = false,
        } = await handler.diff(id, reveal(olds.outputs), plain);
        if (changes === undefined) throw missing("answer to diff");
        return { changes, replaces, deleteBeforeReplace };
      }),
    create: async (_urn, inputs, preview) => {
      if (preview) return { id: "", outputs: wireAll(inputs) };
      return told(async () => {
        const plain = reveal(inputs);
        const { id, outs } = await (await handlerOf(plain)).create(plain);
        if (id === "") throw new Error("plugin returned empty resource.ID from create");
        return { id, outputs: marked(keeping(outs, plain), inputs) };
      });
    },
    update: async (_urn, id, oldOutputs, news, preview) => {
      if (preview) return wireAll(news);
      return told(async () => {
        const plain = reveal(news);
        const result = await (await handlerOf(plain)).update?.(id, reveal(oldOutputs), plain);
        return marked(keeping(result?.outs, plain), news);
      });
    },
    read: (_urn, id, inputs, state) =>
      told(async () => {
        const plain = reveal(state);
        const handler = await handlerOf(plain);
        if (handler.read === undefined) throw missing("read");
        const found = await handler.read(id, plain);
        return {
          id: found.id ?? "",
          outputs: marked(keeping(found.props, plain), state),
          ...(found.inputs && { inputs: marked(keeping(found.inputs, plain), inputs ?? {}) }),
        };
      }),
    delete: (_urn, id, outputs) =>
      told(async () => {
        const plain = reveal(outputs);
        await (await handlerOf(plain)).delete?.(id, plain);
      }),
    cancel: () => instance.cancel(),
    end() {
      if (ended) return;
      ended = true;
      done();
    },
  };
}
