import type { RecordSet } from "../../dns/index.js";
import { type StageName, stages } from "../../plan/index.js";
import type { ResourceKind } from "../../state/index.js";
import { lostAddresses } from "../../state/lost-licenses.js";
import { readResource } from "../../state/read-resource.js";
import type { Properties } from "../shared/preview.js";
import { clocksOf, observedAtOf } from "./clocks.js";
import { type Failure, groupFailures } from "./failures.js";
import type { LiveFacts } from "./live.js";
import type { MailStatus, Status, TimelineStage, Totals, WaveStatusLine } from "./model.js";
import { nextSteps, summaryOf, unfinishedOf } from "./next.js";
import type { StackState, StateResource } from "./state.js";

/** What each stage is about, for people who never saw the plan. */
const meanings: Record<StageName, string> = {
  prepare: "Servers and permissions checked, MX made quick to switch",
  verify: "The domain is proved to be ours",
  connect: "Microsoft 365 is connected to the old servers",
  migrate: "Mailboxes are copied, wave by wave",
  route: "New mail goes to Microsoft 365",
  retire: "The copying ends",
  complete: "Outlook finds its new mailbox; old servers can go",
};

/** Where the migration stands. Pure. */
export function statusOf(state: StackState, now: Date, live?: LiveFacts): Status {
  const one = (kind: ResourceKind) => state.resources.find((resource) => resource.kind === kind);
  const stageFacts = readResource("Stage", one("Stage")?.inputs);
  const stage = stageFacts.stage ?? null;
  const time = live?.now ?? now;
  const waves = waveLines(state, stageFacts.phases ?? {}, live);
  const mail = mailStatus(state, live);
  const clocks = clocksOf(state, stage, time, waves);
  const failures = groupFailures(
    live?.failures === undefined
      ? savedFailures(state)
      : [...live.failures, ...savedFailures(state, ["LicenseAssignment", "MailUserConversion"])],
  );
  const totals = sum(waves);
  const partial = {
    stage,
    waves,
    totals,
    mail,
    clocks,
    failures,
    waivers: stageFacts.waive ?? [],
    elsewhere: stageFacts.elsewhere ?? [],
    domainStack: stageFacts.domainStack ?? null,
    pending: state.pending,
    unfinished: unfinishedOf(state),
    blocked: blockedOf(state),
  };
  return {
    format: 1,
    stack: state.stack,
    domain: stageFacts.domain ?? null,
    asOf: live === undefined ? (state.writtenAt ?? now.toISOString()) : time.toISOString(),
    live: live !== undefined,
    summary: summaryOf(partial),
    stage,
    timeline: timelineOf(state, stage),
    totals,
    waves,
    mail,
    clocks,
    failures,
    waivers: partial.waivers,
    elsewhere: partial.elsewhere,
    domainStack: partial.domainStack,
    next: nextSteps(partial),
    notAsked: live?.notAsked ?? [],
  };
}

function timelineOf(state: StackState, stage: StageName | null): TimelineStage[] {
  const at = stage === null ? -1 : stages.indexOf(stage);
  return stages.map((name, index) => {
    const gate = state.resources.find(
      (resource) => resource.kind === "Gate" && readResource("Gate", resource.inputs).stage === name,
    );
    const since = readResource("Gate", gate?.inputs).passedAt ?? null;
    const finished = stage === "complete" && name === "complete";
    return {
      stage: name,
      state: index < at || finished ? "done" : index === at ? "current" : "ahead",
      since,
      meaning: meanings[name],
    };
  });
}

function waveLines(
  state: StackState,
  phases: Readonly<Record<string, string>>,
  live: LiveFacts | undefined,
): WaveStatusLine[] {
  const ofKind = (wanted: KindWithFailures, wave: string) =>
    state.resources.find(({ kind, inputs }) => kind === wanted && readResource(wanted, inputs).wave === wave);
  return Object.entries(phases).map(([wave, phase]) => {
    const batch = readResource("MigrationBatch", ofKind("MigrationBatch", wave)?.outputs);
    const assignment = ofKind("LicenseAssignment", wave);
    const license = assignment?.outputs;
    const licensing = readResource("LicenseAssignment", { ...assignment?.inputs, ...license });
    const seenLost = lostAddresses(licensing);
    const conversion = readResource("MailUserConversion", ofKind("MailUserConversion", wave)?.outputs);
    const now = live?.waves?.get(wave);
    // Batches are gone from retire on: what the licences know of the wave stays.
    const total = licensing.mailboxes ?? conversion.mailboxes ?? batch.total ?? state.listed[wave] ?? 0;
    // From retire on, back at an earlier stage as well, the batch is only remembered.
    const gone = batch.total === undefined || (batch.retired === true && batch.status === "Removed");
    // A refresh counts whose licence was taken among those who wait for one.
    const arrived = Math.min(total, total - (licensing.waiting ?? total) + seenLost.length);
    const nowLicensed = live?.licenses?.get(wave);
    const useLive = now !== undefined && now.total > 0;
    return {
      wave,
      phase,
      status: useLive
        ? now.status
        : gone
          ? license === undefined
            ? "Declared"
            : "Done"
          : (batch.status ?? "Declared"),
      mailboxes: Math.max(total, gone ? 0 : (batch.total ?? 0), useLive ? now.total : 0),
      synced: useLive ? now.synced : gone ? arrived : (batch.synced ?? 0),
      failed: useLive ? now.failed : (batch.failed ?? 0),
      converted: conversion.converted ?? 0,
      licensed: nowLicensed?.licensed ?? licensing.licensed ?? 0,
      lostLicenses: nowLicensed?.lost ?? seenLost,
      expectedEnd: now?.expectedEnd?.toISOString() ?? null,
      lastSynced: now?.lastSynced?.toISOString() ?? null,
    };
  });
}

function sum(waves: readonly WaveStatusLine[]): Totals {
  const total = (pick: (wave: WaveStatusLine) => number) => waves.reduce((all, wave) => all + pick(wave), 0);
  return {
    mailboxes: total((wave) => wave.mailboxes),
    synced: total((wave) => wave.synced),
    failed: total((wave) => wave.failed),
    converted: total((wave) => wave.converted),
    licensed: total((wave) => wave.licensed),
  };
}

const spelled = (value: string) => value.trim().toLowerCase().replace(/\.$/, "");

function mailStatus(state: StackState, live: LiveFacts | undefined): MailStatus {
  const one = (kind: ResourceKind) => state.resources.find((resource) => resource.kind === kind);
  const former = readResource("DnsBaseline", one("DnsBaseline")?.inputs).mx ?? null;
  const tenant = readResource("DomainVerification", one("DomainVerification")?.outputs).mx ?? [];
  const own = state.resources
    .filter(({ kind }) => kind === "DnsRecordSet")
    .map(({ outputs }) => readResource("DnsRecordSet", outputs))
    .find(({ type }) => type === "MX");
  const seen = live?.mx ?? [];
  const answers: Pick<RecordSet, "ttl" | "values">[] = seen.flatMap(({ role, values, ttl }) =>
    role === "authoritative" && values.length > 0 ? [{ values, ttl: ttl ?? 0 }] : [],
  );
  const routedAt = observedAtOf(state, "mail-routing");
  const kept = keptElsewhere(state);
  // The switch is believed when it was seen: the update that asked for it may have failed.
  const believed = kept && former && routedAt === null ? { ...kept, values: former.values } : kept;
  const mx =
    answers[0] ??
    own?.live ??
    believed ??
    (routedAt === null ? former : { ttl: former?.ttl ?? 0, values: tenant });
  return {
    goesTo: mailGoesTo(
      answers.length > 0 ? answers.flatMap(({ values }) => values) : (mx?.values ?? []),
      former?.values ?? [],
      tenant,
    ),
    mx: mx === null || mx === undefined ? null : { ttl: mx.ttl, values: mx.values },
    former,
    tenant,
    routedAt,
    seen,
  };
}

/** The MX as it was set last at a host whose records are not ours: by the host's own provider, or by a person. */
function keptElsewhere(state: StackState): Pick<RecordSet, "ttl" | "values"> | undefined {
  for (const { kind, outputs } of state.resources) {
    if (kind === "DnsAdoption") {
      const { type, records = [], values = [], ttl } = readResource(kind, outputs);
      const own = records.filter((record) => record.type === "MX");
      const [first] = own;
      if (type === "MX" && first !== undefined)
        return { ttl: first.ttl, values: own.flatMap((record) => record.values) };
      if (type === "MX" && ttl !== undefined) return { ttl, values };
    }
    if (kind === "DnsManual") {
      const { type, ttl, values, waiting } = readResource(kind, outputs);
      if (type === "MX" && ttl !== undefined && values !== undefined && waiting?.length === 0)
        return { ttl, values };
    }
  }
  return undefined;
}

function mailGoesTo(
  values: readonly string[],
  former: readonly string[],
  tenant: readonly string[],
): MailStatus["goesTo"] {
  const real = values.filter((value) => !/^32767 /.test(value)).map(spelled);
  // A wave stack does not move the domain: it knows neither side.
  if (real.length === 0 || (former.length === 0 && tenant.length === 0)) return "unknown";
  const atTenant = real.filter((value) => tenant.map(spelled).includes(value)).length;
  const atFormer = real.filter((value) => former.map(spelled).includes(value)).length;
  if (atTenant === real.length) return "Microsoft 365";
  if (atFormer === real.length) return "on premises";
  return atTenant + atFormer === real.length ? "both" : "elsewhere";
}

const kindsWithFailures = ["MigrationBatch", "LicenseAssignment", "MailUserConversion"] as const;
type KindWithFailures = (typeof kindsWithFailures)[number];
const toldFailures = {
  MigrationBatch: (outputs: Properties) => readResource("MigrationBatch", outputs).failures,
  LicenseAssignment: (outputs: Properties) => readResource("LicenseAssignment", outputs).failures,
  MailUserConversion: (outputs: Properties) => readResource("MailUserConversion", outputs).skipped,
} satisfies Record<KindWithFailures, (outputs: Properties) => string[] | undefined>;

/** What the resources remembered of failures: the first twenty of each. */
function savedFailures(state: StackState, kinds: readonly KindWithFailures[] = kindsWithFailures): Failure[] {
  return kinds.flatMap((wanted) =>
    state.resources.flatMap(({ kind, outputs, inputs, name }) => {
      if (kind !== wanted) return [];
      const { wave = name } = readResource(wanted, inputs);
      return (toldFailures[wanted](outputs) ?? []).map((line): Failure => {
        const [subject = line, ...words] = line.split(": ");
        return { wave, subject: subject.replace(/^licence of /, ""), words: words.join(": ") };
      });
    }),
  );
}

const blockedOf = (state: StackState): string[] =>
  state.resources.flatMap(({ blocked }: StateResource) => blocked);
