import { duration } from "../../base/words.js";
import { unlicensedDays } from "../../migration/license-deadlines.js";
import { proofSettlesMinutes, proofSettlesSeconds } from "../../migration/wait-15-minutes.js";
import { switchWaitHours, switchWaitSeconds } from "../../migration/wait-72-hours.js";
import type { StageName } from "../../plan/index.js";
import { atLeast } from "../../plan/index.js";
import type { ResourceKind } from "../../state/index.js";
import { readResource } from "../../state/read-resource.js";
import type { Clock, WaveStatusLine } from "./model.js";
import type { StackState } from "./state.js";

/** When an observation saw every authoritative server agree, ISO 8601; null while they do not. */
export function observedAtOf(state: StackState, name: string): string | null {
  const resource = state.resources.find(
    (candidate) => candidate.kind === "DnsObservation" && candidate.name === name,
  );
  return readResource("DnsObservation", resource?.outputs).observedAt ?? null;
}

/** Name of the wait for those who remember the MX with its former TTL. */
const formerTtl = "Former TTL of the MX";

const graceSeconds = unlicensedDays * 86_400;

/** The periods of the procedure: the former TTL, 15 minutes of a proof, 72 hours after the switch, 30 days without a licence. */
export function clocksOf(
  state: StackState,
  stage: StageName | null,
  now: Date,
  waves: readonly WaveStatusLine[],
): Clock[] {
  const clocks: Clock[] = [];
  const add = (
    name: string,
    meaning: string,
    from: string,
    seconds: number,
    guards: StageName | null,
    deadline = false,
  ) => {
    const begin = Date.parse(from);
    if (Number.isNaN(begin)) return;
    const until = begin + seconds * 1000;
    const left = Math.max(0, Math.round((until - now.getTime()) / 1000));
    clocks.push({
      name,
      meaning,
      guards,
      from,
      until: new Date(until).toISOString(),
      over: left === 0,
      left,
      deadline,
    });
  };
  const one = (kind: ResourceKind) => state.resources.find((resource) => resource.kind === kind);

  const lowered = observedAtOf(state, "mx-ttl");
  const former = readResource("DnsBaseline", one("DnsBaseline")?.inputs).mx?.ttl;
  if (lowered !== null && former !== undefined && stage !== null && !atLeast(stage, "retire"))
    add(
      formerTtl,
      `others may remember the former MX answer for ${duration(former)}; stage route can be entered afterwards`,
      lowered,
      former,
      "route",
    );

  const verification = one("DomainVerification")?.outputs;
  const { publishedAt, verified } = readResource("DomainVerification", verification);
  if (typeof publishedAt === "string" && verified === false)
    add(
      "Proof of ownership",
      `the proof must have been published for ${proofSettlesMinutes} minutes before Microsoft 365 is asked to verify it`,
      publishedAt,
      proofSettlesSeconds,
      "connect",
    );

  const routed = observedAtOf(state, "mail-routing");
  if (routed !== null && stage !== null && !atLeast(stage, "retire"))
    add(
      `${switchWaitHours} hours after the MX switch`,
      "other mail systems may use the former MX; batches can be deleted afterwards (stage retire)",
      routed,
      switchWaitSeconds,
      "retire",
    );

  for (const { kind, inputs, outputs } of state.resources) {
    if (kind !== "LicenseAssignment") continue;
    const { wave, firstDeadline } = readResource("LicenseAssignment", { ...inputs, ...outputs });
    const line = waves.find((candidate) => candidate.wave === wave);
    if (typeof firstDeadline !== "string" || (line !== undefined && line.licensed >= line.mailboxes))
      continue;
    const from = new Date(Date.parse(firstDeadline) - graceSeconds * 1000);
    if (!Number.isNaN(from.getTime()))
      add(
        `${unlicensedDays} days without a licence, ${wave ?? "wave"}`,
        "then Microsoft 365 disables the first mailbox that has no licence",
        from.toISOString(),
        graceSeconds,
        null,
        true,
      );
  }
  return clocks.sort((left, right) => Number(left.over) - Number(right.over) || left.left - right.left);
}
