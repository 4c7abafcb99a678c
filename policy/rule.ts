import { appendFileSync } from "node:fs";
import type {
  EnforcementLevel,
  Policies,
  PolicyConfigSchema,
  ResourceRemediation,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { defined } from "../src/base/defined.js";
import { describeProblem, type Problem } from "../src/base/problem.js";
import { wrapped } from "../src/base/wrapped.js";
import { violationLine, violationsHeader, violationsVariable } from "../src/reports/review/violations.js";
import { type Declared, plainResource } from "./declared.js";
import { keepInputs, withInputs } from "./inputs.js";
import { type DeclaredMigration, declaredMigration } from "./migration.js";

/** What breaks a rule: a problem, and the resource it is reported at. */
export interface Finding extends Omit<Problem, "code"> {
  /** @default the stack */
  readonly urn?: string;
}

interface RuleBase {
  /** Kebab-case; users name it in the pack's configuration. */
  readonly name: string;
  /** One sentence: what the rule demands. */
  readonly description: string;
  /** `mandatory` fails the preview, `advisory` remarks; `remediate` is mandatory and is shown what is a secret. */
  readonly level: Exclude<EnforcementLevel, "disabled">;
  /** What of it can be set. */
  readonly settings?: PolicyConfigSchema;
}

/** A rule of one resource: asked before the resource is made, in preview and update. */
export interface ResourceRule extends RuleBase {
  readonly level: "mandatory" | "advisory" | "remediate";
  /** Looks at the resource with its secrets still marked, before `resource` is asked; level `remediate` only. */
  readonly look?: ResourceRemediation;
  resource(resource: Declared, settings: object): readonly Finding[];
}

/** A rule of the stack as a whole: asked when the preview or the update has come to its end. */
export interface StackRule extends RuleBase {
  readonly level: "mandatory" | "advisory";
  stack(migration: DeclaredMigration, settings: object): readonly Finding[];
}

/** A rule of the pack. */
export type Rule = ResourceRule | StackRule;

/** What a rule finds in a whole stack: nothing where that is not one migration of ours. */
export function askStack(
  rule: StackRule,
  resources: readonly Declared[],
  settings: object,
): readonly Finding[] {
  const migration = declaredMigration(resources);
  return migration === undefined ? [] : rule.stack(migration, settings);
}

/** The rules as the SDK takes them. */
export function policiesOf(pack: string, rules: readonly Rule[]): Policies {
  const report = process.env[violationsVariable];
  if (report !== undefined) appendFileSync(report, violationsHeader(pack));
  return rules.map((rule): ResourceValidationPolicy | StackValidationPolicy => {
    const tell = (
      findings: readonly Finding[],
      say: (message: string, urn?: string) => void,
      resource?: string,
    ) => {
      for (const { urn = resource, ...finding } of findings) {
        const message = describeProblem({ ...finding, code: rule.name });
        const level = rule.level === "advisory" ? "advisory" : "mandatory";
        if (report === undefined) say(wrapped(message), urn);
        else
          appendFileSync(report, violationLine({ policy: rule.name, level, message, ...defined({ urn }) }));
      }
    };
    const base = {
      name: rule.name,
      description: rule.description,
      enforcementLevel: rule.level,
      ...defined({ configSchema: rule.settings }),
    };
    if ("stack" in rule)
      return {
        ...base,
        validateStack: (args, say) =>
          tell(askStack(rule, args.resources.map(plainResource).map(withInputs), args.getConfig()), say),
      };
    return {
      ...base,
      ...defined({ remediateResource: rule.look }),
      validateResource: (args, say) => {
        const resource = plainResource(args);
        keepInputs(resource);
        tell(rule.resource(resource, args.getConfig()), say, args.urn);
      },
    };
  });
}
