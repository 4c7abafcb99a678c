import { MailstageError, throwIfAny } from "../base/problem.js";
import { asciiDomain } from "./names.js";
import { type Plan, planSchema } from "./plan.js";
import { fieldProblems, ruleProblems } from "./refused-plan.js";
import { inconsistencies } from "./rules-between-fields.js";

/**
 * Parses a plan, as `config.getObject("plan")` or a YAML parser gives it.
 *
 * @param source how the plan is named in problems: each stands at its path in it, `mailstage:plan.waves[1].name`
 * @returns the plan with its defaults, its domain and zone in A-labels: what DNS, Exchange and Graph are told
 * @throws MailstageError with every problem of the plan, codes `plan-…`, none with a value of the plan
 */
export function parsePlan(value: unknown, source = "mailstage:plan"): Plan {
  if (value === undefined || value === null)
    throw new MailstageError({
      code: "plan-missing",
      subject: source,
      reason: "is missing",
      hint: "Write it into Pulumi.<stack>.yaml, or let mailstage init do it",
    });
  // A plan is parsed once: zod compiling the schema first takes longer than the parsing.
  const result = planSchema.safeParse(value, { jitless: true });
  if (result.success) return withALabels(result.data);
  // zod asks the rules between fields only where every field is right; asked here, all problems come out at once.
  const ofFields = result.error.issues.filter((issue) => issue.code !== "custom");
  throwIfAny([...fieldProblems(ofFields, value, source), ...ruleProblems(inconsistencies(value), source)]);
  throw result.error;
}

function withALabels(plan: Plan): Plan {
  const { domain, dns } = plan;
  return {
    ...plan,
    domain: asciiDomain(domain),
    dns: dns.zone === undefined ? dns : { ...dns, zone: asciiDomain(dns.zone) },
  };
}
