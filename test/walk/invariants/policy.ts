import { askStack } from "../../../policy/rule.js";
import { mxSwitchPrepared } from "../../../policy/rules/mx-ttl-lowered.js";
import { kindOf } from "../../../src/reports/shared/preview.js";
import { nameOf } from "../../../src/state/urn.js";
import type { State } from "../../engine/stack.js";
import { Violated } from "./violated.js";

/** 2: what went well is nothing that the policy pack refuses: the rule that looks farthest back, at the way into `route`. */
export function holdPolicy({ resources }: State): void {
  const declared = resources.map(({ urn, type, inputs, outputs }) => ({
    urn,
    type,
    kind: kindOf(type),
    name: nameOf(urn),
    props: { ...inputs, ...outputs },
    unknown: false,
  }));
  const early = askStack(mxSwitchPrepared, declared, {}).filter(({ reason }) => /points at/.test(reason));
  if (early.length > 0)
    throw new Violated(
      "2 the policy pack has nothing against it",
      early.map(({ subject, reason }) => `${subject} ${reason}`).join("; "),
    );
}
