import { Secret } from "@pulumi/policy";
import { type Declared, plainResource } from "../../policy/declared.js";
import { withInputs } from "../../policy/inputs.js";
import { askStack, type Finding } from "../../policy/rule.js";
import { rules } from "../../policy/rules/index.js";
import type { Violation } from "../../src/reports/review/index.js";
import type { Run } from "../engine/stack.js";
import type { DeclaredResource } from "./preview.js";

/** Asks every rule about a stack, without the engine; resolves to `rule: reason`, sorted. */
export const ask = (stack: readonly DeclaredResource[]): string[] =>
  violationsIn(stack).map(({ policy, message }) => `${policy}: ${message}`);

/** What a preview's stack breaks of the rules, where the engine asks no policy pack: a stack is judged when the preview comes to its end. */
export function previewViolations({ code, steps }: Pick<Run, "code" | "steps">): Violation[] {
  if (code !== 0) return [];
  // The last step of a resource says what becomes of it: one that is imported is then changed.
  const last = new Map(steps.map((step) => [step.urn, step]));
  return violationsIn(
    [...last.values()]
      .filter(({ op }) => !op.startsWith("delete"))
      .map(({ type, name, newInputs, newOutputs }) => ({
        type,
        name,
        props: Object.fromEntries(
          Object.entries({ ...newOutputs, ...newInputs }).map(([key, value]) => [
            key,
            value === "[secret]" ? { secret: "hidden" } : value,
          ]),
        ),
      })),
  );
}

function violationsIn(stack: readonly DeclaredResource[]): Violation[] {
  const handed = stack.map(({ type, name, props }) => ({
    type,
    name,
    props: valuesOf(props, (secret) => secret),
    marked: valuesOf(props, (secret) => new Secret(secret)),
    urn: `urn:pulumi:test::mailstage::${type}::${name}`,
  }));
  const all = handed.map(plainResource);
  return rules
    .flatMap((rule) => {
      const level: Violation["level"] = rule.level === "advisory" ? "advisory" : "mandatory";
      const tell = ({ reason }: Finding): Violation => ({ policy: rule.name, level, message: reason });
      if ("stack" in rule) return askStack(rule, all.map(withInputs), {}).map(tell);
      for (const { marked, ...resource } of handed) rule.look?.({ ...handing, ...resource, props: marked });
      return all.flatMap((resource: Declared) => rule.resource(resource, {}).map(tell));
    })
    .sort((one, other) => (`${one.policy} ${one.message}` < `${other.policy} ${other.message}` ? -1 : 1));
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
