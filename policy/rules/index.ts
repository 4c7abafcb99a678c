import type { Rule } from "../rule.js";
import { batchKept } from "./batch-kept.js";
import { batchRows } from "./batch-rows.js";
import { conversionAfterSync, conversionForced } from "./conversion-after-sync.js";
import { mxKnownHosts, mxKnownInPreview } from "./mx-known-hosts.js";
import { mxSwitchPrepared, mxTtlLowered } from "./mx-ttl-lowered.js";
import { recordsGuarded } from "./records-guarded.js";
import { secretsHidden } from "./secrets-hidden.js";
import { stageComplete } from "./stage-complete.js";

/** The pack's name, as violations carry it. */
export const packName = "mailstage";

/** All rules, in the order they are documented. */
export const rules: readonly Rule[] = [
  mxTtlLowered,
  mxSwitchPrepared,
  mxKnownHosts,
  mxKnownInPreview,
  batchRows,
  batchKept,
  recordsGuarded,
  stageComplete,
  secretsHidden,
  conversionAfterSync,
  conversionForced,
];
