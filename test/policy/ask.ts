import { Secret } from "@pulumi/policy";
import { type Declared, declared } from "../../policy/declared.js";
import { withInputs } from "../../policy/inputs.js";
import { askStack } from "../../policy/rule.js";
import { rules } from "../../policy/rules/index.js";
import type { DeclaredResource } from "./preview.js";

/** Asks every rule about a stack, without the engine; resolves to `rule: reason`, sorted. */
export function ask(stack: readonly DeclaredResource[]): string[] {
  const handed = stack.map(({ type, name, props }) => ({
    type,
    name,
    props: valuesOf(props, (secret) => secret),
    marked: valuesOf(props, (secret) => new Secret(secret)),
    urn: `urn:pulumi:test::mailstage::${type}::${name}`,
  }));
  const all = handed.map(declared);
  return rules
    .flatMap((rule) => {
      if ("stack" in rule)
        return askStack(rule, all.map(withInputs), {}).map(({ reason }) => `${rule.name}: ${reason}`);
      for (const { marked, ...resource } of handed) rule.look?.({ ...handing, ...resource, props: marked });
      return all.flatMap((resource: Declared) =>
        rule.resource(resource, {}).map(({ reason }) => `${rule.name}: ${reason}`),
      );
    })
    .sort();
}

/** The rest of what the SDK hands over, which no rule looks at. */
const handing = {
  opts: {
    protect: false,
    ignoreChanges: [],
    aliases: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    additionalSecretOutputs: [],
  },
  stackTags: new Map<string, string>(),
  isType: () => false,
  asType: () => undefined,
  getConfig: <T extends object>(): T => {
    throw new Error("no rule looks at its settings when it looks for secrets");
  },
  notApplicable: (): never => {
    throw new Error("no rule leaves itself out");
  },
};

function valuesOf(
  props: DeclaredResource["props"],
  secretly: (secret: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(props).map(([key, value]) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return [key, value];
      return "secret" in value ? [key, secretly(value.secret)] : [key, value];
    }),
  );
}
