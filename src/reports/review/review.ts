import { isStackBehind } from "../../plan/split/index.js";
import { lostAddresses } from "../../state/lost-licenses.js";
import { readResource } from "../../state/read-resource.js";
import type { Message, Preview, Properties, Step } from "../shared/preview.js";
import { dnsChanges } from "./dns.js";
import { foreignRecords } from "./foreign.js";
import { headline, verdictOf } from "./headline.js";
import { licenseChanges } from "./licenses.js";
import type { GatePassage, Refusal, Review, ReviewMode } from "./model.js";
import { isNative, isSameRecord } from "./native-record-sets.js";
import { otherChanges } from "./others.js";
import { canonical, sameInputs, telling } from "./same-inputs.js";
import { stageChange, waiverChanges } from "./stage-change.js";
import { stillOnPremises } from "./still-on-premises.js";
import type { Violation } from "./violations.js";
import { waveChanges } from "./waves.js";

/** What a review cannot read in the preview. */
export interface ReviewContext {
  readonly mode?: ReviewMode;
  /** Free seats of the plan's licence, where they could be counted. */
  readonly seatsLeft?: number;
  /** The hash an approval of this review is bound to. */
  readonly binding?: string;
  /** What the policy packs found; undefined where none was asked. */
  readonly violations?: readonly Violation[];
}

/** Makes the review of a preview. Pure. */
export function reviewOf(preview: Preview, context: ReviewContext = {}): Review {
  const mode = context.mode ?? "plan";
  // A refresh before the preview says only that it looked; what it found is the old side of the steps that follow.
  const steps =
    mode === "drift" ? drifted(preview.steps) : preview.steps.filter(({ op }) => op !== "refresh");
  const foreign = foreignRecords(steps);
  const dns = dnsChanges(steps.filter((step) => !foreign.has(step)));
  const waves = waveChanges(steps);
  const licenses = licenseChanges(steps, context.seatsLeft ?? null);
  const { others, dangers: lost } = otherChanges(steps, foreign);
  const stage = stageChange(mode === "drift" ? preview.steps : steps, dns.zones) ?? null;
  const waivers = waiverChanges(mode === "drift" ? preview.steps : steps);
  const errors = refusals(preview.messages);
  const gates = passages(steps);
  const changed = steps.some((step) => isChange(step)) || waivers.some(({ status }) => status !== "standing");
  const violations = context.violations ?? [];
  const verdict = verdictOf(errors, violations, changed);
  const dangers = [
    ...dns.dangers,
    ...waves.dangers,
    ...stillOnPremises(stage, steps),
    ...lost,
    ...preview.secretsInClear.map(
      (name) =>
        `${name} stands in clear in the stack's configuration: take it back there, change the secret itself, and use pulumi config set --secret`,
    ),
  ];
  const partial = {
    verdict,
    mode,
    stage,
    waves: waves.waves,
    zones: dns.zones,
    licenses,
    others,
    errors,
    violations,
  };
  return {
    format: 1,
    stack: preview.stack ?? null,
    domain: domainOf(preview.steps) ?? null,
    mode,
    verdict,
    summary: headline(partial),
    stage: mode === "drift" ? null : stage,
    dangers,
    violations,
    errors,
    zones: dns.zones,
    waves: waves.waves,
    licenses,
    gates,
    waivers: verdict === "no-change" ? [] : waivers,
    others,
    warnings: texts(
      preview.messages.filter(({ text }) => !engineNoise.test(text)),
      "warning",
    ),
    details: texts(
      // A record set's own words are its row in the table.
      preview.messages.filter(({ kind, text }) => kind !== "DnsRecordSet" && !isAboutGate(text)),
      "info",
    ),
    binding: context.binding ?? null,
  };
}

const isAboutGate = (text: string) => /^stage \w+ may be entered/.test(text);

const isChange = ({ op }: Step) => op !== "same" && op !== "read" && op !== "refresh";

/** A refresh as if it were an update from what the state says to what the services say. */
function drifted(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => {
    if (step.op === "delete") return [step];
    const { outputsBefore, outputsAfter } = step;
    // What was planned at the last update is done by now: the host's own resources say what stands there.
    const after = step.kind === "DnsAdoption" ? without(step.after, "planned") : step.after;
    if (step.op !== "refresh" || after === undefined)
      return step.op === "refresh" ? [{ ...step, op: "delete" }] : [];
    const same = isNative(step)
      ? isSameRecord(step)
      : sameInputs(step) &&
        canonical(telling(step.kind, outputsBefore)) === canonical(telling(step.kind, outputsAfter));
    return [{ ...step, after, op: same || isProgress(step) ? "same" : "drift" }];
  });
}

const without = (properties: Properties | undefined, left: string): Properties | undefined =>
  properties && Object.fromEntries(Object.entries(properties).filter(([key]) => key !== left));

/** Whether nothing but time is behind a difference: more is copied, licensed or converted than the last update saw. */
function isProgress(step: Step): boolean {
  if (!sameInputs(step)) return false;
  const [olds, news] = [step.outputsBefore, step.outputsAfter];
  switch (step.kind) {
    case "MigrationBatch": {
      const [before, after] = [readResource("MigrationBatch", olds), readResource("MigrationBatch", news)];
      return (
        (after.synced ?? 0) >= (before.synced ?? 0) &&
        !["Removed", "Removing", "Stopped"].includes(after.status ?? "")
      );
    }
    case "LicenseAssignment": {
      const before = readResource("LicenseAssignment", olds);
      const after = readResource("LicenseAssignment", news);
      const known = new Set(lostAddresses(before));
      return (
        (after.licensed ?? 0) >= (before.licensed ?? 0) &&
        lostAddresses(after).every((address) => known.has(address))
      );
    }
    case "MailUserConversion":
      return (
        (readResource("MailUserConversion", news).converted ?? 0) >=
        (readResource("MailUserConversion", olds).converted ?? 0)
      );
    case "DomainVerification":
      return (
        readResource("DomainVerification", news).verified === true ||
        readResource("DomainVerification", olds).verified !== true
      );
    default:
      return false;
  }
}

/** The text of the engine's own last words, which add nothing to the problems before them. */
const engineNoise =
  /^Undefined value \(\w+\) will not show as a stack output|^(?:preview|update) failed|^Running program .* failed with an unhandled exception|^see the error of|^using pulumi-resource-\S+ from \$PATH/;

function refusals(messages: readonly Message[]): Refusal[] {
  const errors = messages.filter(({ severity }) => severity === "error");
  const telling = errors.filter(({ text }) => !engineNoise.test(text));
  const distinct = new Map((telling.length > 0 ? telling : errors).map((message) => [message.text, message]));
  return [...distinct.values()].sort(byText).map(({ kind, resource, text }) => ({
    gate: kind === "Gate" ? (resource ?? "").replace(/^gate-/, "") : null,
    text,
    retryAfter: /after (\d{4}-\d\d-\d\d \d\d:\d\d UTC)/.exec(text)?.[1] ?? null,
    otherStack: kind === "Stage" && isStackBehind(text),
  }));
}

// The resources speak in the order they were reached, which is another in every run.
const byText = (left: Message, right: Message) =>
  left.text.localeCompare(right.text, "en", { numeric: true });

function texts(messages: readonly Message[], severity: Message["severity"]): string[] {
  const said = messages.filter((message) => message.severity === severity).sort(byText);
  return [...new Set(said.map(({ text }) => text))];
}

function passages(steps: readonly Step[]): GatePassage[] {
  return steps
    .filter(({ kind, op }) => kind === "Gate" && op === "create")
    .map(({ after, name }) => {
      const { stage, passedAt, facts, waived } = readResource("Gate", after);
      return {
        stage: stage ?? name.replace(/^gate-/, ""),
        passedAt: passedAt ?? null,
        facts: facts ?? [],
        waived: waived ?? [],
      };
    })
    .filter(({ facts, waived }) => facts.length > 0 || waived.length > 0);
}

function domainOf(steps: readonly Step[]): string | undefined {
  for (const { kind, before, after } of steps) {
    if (kind === "Stage") return readResource("Stage", after ?? before).domain;
    if (kind === "DnsBaseline") return readResource("DnsBaseline", after ?? before).domain;
  }
  return undefined;
}
