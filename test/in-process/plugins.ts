import { randomUUID } from "node:crypto";
import { dynamicPlugin } from "./dynamic-plugin.js";
import { isNative, nativePlugin } from "./native-plugin.js";
import type { Provider } from "./provider.js";
import { copyOf, isProviderType, type Resource, urnOf } from "./resource.js";
import type { Surroundings } from "./sandbox.js";
import type { Log } from "./sdk-runtime.js";
import type { Properties } from "./values.js";

/** What plugins are started with. */
export interface PluginHost {
  readonly stack: string;
  readonly project: string;
  /** The stack's configuration; nothing in a run without the program, which goes by what the last one was given. */
  readonly config: Readonly<Record<string, string>> | undefined;
  readonly surroundings: Surroundings;
  readonly log: Log;
  /** The outputs of a stack by its full name. */
  stackOutputs(name: string): Promise<Properties>;
}

const bare: Omit<Resource, "urn" | "type" | "id" | "inputs"> = {
  custom: true,
  outputs: {},
  parent: "",
  provider: "",
  dependencies: [],
  propertyDependencies: {},
  protect: false,
  retainOnDelete: false,
  external: false,
  delete: false,
  pendingReplacement: false,
  initErrors: [],
  aliases: [],
  importID: "",
  deletedWith: "",
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
};

/** The plugins of one run: each is started once, when it is first needed, and configured as its resource in the state says. */
export class Plugins {
  readonly #running = new Map<string, Provider>();
  /** The default providers, as state has them. */
  readonly resources = new Map<string, Resource>();

  constructor(
    private readonly host: PluginHost,
    base: readonly Resource[],
  ) {
    for (const resource of base)
      if (isProviderType(resource.type)) this.resources.set(resource.urn, copyOf(resource));
  }

  /** Reference of the default provider of a type; it is made where there is none. */
  referenceOf(type: string, version: string): string {
    const [token = ""] = type.split(":");
    if (isProviderType(type)) return "";
    const { stack, project, config } = this.host;
    const name = version === "" ? "default" : `default_${version.replaceAll(".", "_")}`;
    const urn = urnOf(stack, project, "", `pulumi:providers:${token}`, name);
    const present = this.resources.get(urn);
    const inputs = config === undefined ? (present?.inputs ?? {}) : { ...config };
    const resource: Resource = {
      ...bare,
      urn,
      type: `pulumi:providers:${token}`,
      id: present?.id ?? randomUUID(),
      inputs,
      outputs: inputs,
    };
    if (present !== undefined) Object.assign(present, { inputs, outputs: inputs });
    else this.resources.set(urn, resource);
    return `${urn}::${resource.id}`;
  }

  of({ type, provider }: Resource): Provider {
    const [token = ""] = type.split(":");
    const running = this.#running.get(token);
    if (running !== undefined) return running;
    const urn = provider.split("::").slice(0, 4).join("::");
    const started = this.#start(token, this.resources.get(urn)?.inputs ?? {});
    this.#running.set(token, started);
    return started;
  }

  #start(token: string, inputs: Properties): Provider {
    if (token === "pulumi") return stackReferences(this.host);
    if (isNative(token)) return nativePlugin(token, this.host.surroundings);
    if (token !== "pulumi-nodejs") throw new Error(`there is no plugin ${token} in this process`);
    const config = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, String(value)]));
    return dynamicPlugin(config, this.host.surroundings, this.host.log);
  }

  cancel(): void {
    for (const plugin of this.#running.values()) plugin.cancel();
  }

  end(): void {
    for (const plugin of this.#running.values()) plugin.end();
  }
}

/** The engine's own provider, of which the program reads stacks (builtins.go). */
function stackReferences(host: PluginHost): Provider {
  const never = async () => {
    throw new Error("a stack reference is only read");
  };
  return {
    check: never,
    diff: async () => ({ changes: false, replaces: [], deleteBeforeReplace: false }),
    create: never,
    update: never,
    read: async (_urn, id, inputs = {}) => {
      const name = String(inputs["name"] ?? id);
      const outputs = await host.stackOutputs(name);
      return { id, inputs, outputs: { name, outputs, secretOutputNames: [] } };
    },
    delete: async () => {},
    cancel() {},
    end() {},
  };
}
