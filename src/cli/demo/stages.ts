import type { LabState } from "../../../lab/index.js";
import { are, counted, mailboxes } from "../../base/words.js";
import type { StageName, WavePlan } from "../../plan/index.js";
import { isConverted } from "./changes.js";

const hour = 3600;
const day = 24 * hour;

/** One pull request of the demo: what it changes, what to wait for, and when the lab shows that it has come true. */
export interface DemoStep {
  readonly stage: StageName;
  readonly title: string;
  readonly phases?: Readonly<Record<string, WavePlan["phase"]>>;
  /** Shown before each further `pulumi up`; the seconds of lab time that then pass, the last one again and again. */
  readonly wait: { readonly why: string; readonly seconds: readonly number[] };
  /** How many times `pulumi up` is repeated at most. */
  readonly repeats: number;
  /** What is not so yet, as the lab itself shows it; undefined when the step is done. */
  missing(state: LabState): string | undefined;
}

const unless = (done: boolean, missing: string) => (done ? undefined : missing);

const unsynced = (state: LabState, waves: readonly string[]) =>
  state.mailboxes.filter(
    ({ wave, syncedAt, licenses }) =>
      wave !== undefined && waves.includes(wave) && (syncedAt === undefined || licenses.length === 0),
  ).length;

const mailboxesOnPremises = (state: LabState) =>
  state.directory.filter((entry) => !isConverted(entry)).length;

/** The MX set of the domain as the lab's server holds it. */
export const mxIn = (state: LabState, domain: string) =>
  state.zone.find(({ name, type }) => name === domain && type === "MX");

const waitFor = (why: string, ...seconds: number[]) => ({ why, seconds });

/** The sample migration from the first pull request to the last. */
export function demoSteps(domain: string): readonly DemoStep[] {
  return [
    {
      stage: "prepare",
      title: "Prepare: Outlook Anywhere and permissions are checked, the MX is adopted and its TTL lowered",
      wait: waitFor("The servers of the zone take a moment", 300),
      repeats: 2,
      missing: (state) => unless((mxIn(state, domain)?.ttl ?? Infinity) <= 3600, "the MX TTL is not lowered"),
    },
    {
      stage: "verify",
      title: "Verify: the domain is added to the tenant, its TXT record published, ownership proven",
      wait: waitFor("Microsoft asks to wait about 15 minutes after publishing the record", 16 * 60),
      repeats: 3,
      missing: (state) =>
        unless(
          state.domains.some(({ id, isVerified }) => id === domain && isVerified),
          "the domain is not verified",
        ),
    },
    {
      stage: "connect",
      title: "Connect: directory synchronization is checked, the Outlook Anywhere endpoint made and tested",
      wait: waitFor("The tenant's servers take a while to know the new domain", 1800),
      repeats: 3,
      missing: (state) => unless(state.endpoints.length > 0, "there is no endpoint"),
    },
    {
      stage: "migrate",
      title: "Migrate, wave 1: twelve people first; the batch starts, licences follow as users arrive",
      wait: waitFor("Mailboxes are copied; pulumi up does not block for that", 2 * hour),
      repeats: 24,
      missing: (state) =>
        unless(
          unsynced(state, ["wave1"]) === 0,
          `${mailboxes(unsynced(state, ["wave1"]))} of wave 1 still syncing`,
        ),
    },
    {
      stage: "migrate",
      title: "Migrate, all waves: wave 1 becomes mail users on premises, waves 2 and 3 start",
      phases: { wave1: "converted", wave2: "started", wave3: "started" },
      wait: waitFor("2,360 mailboxes are copied", 6 * hour, 12 * hour, day),
      repeats: 24,
      missing: (state) => {
        const open = unsynced(state, ["wave1", "wave2", "wave3"]);
        return unless(open === 0, `${mailboxes(open)} ${are(open)} syncing`);
      },
    },
    {
      stage: "migrate",
      title: "Convert: the on-premises mailboxes of waves 2 and 3 become mail users too",
      phases: { wave2: "converted", wave3: "converted" },
      wait: waitFor("What was not ready is taken up again", hour),
      repeats: 3,
      missing: (state) => {
        const open = mailboxesOnPremises(state);
        return unless(
          open === 0,
          `${counted(open, "user still has", "users still have")} a mailbox on premises`,
        );
      },
    },
    {
      stage: "route",
      title: "Route: the MX points at Microsoft 365",
      wait: waitFor("Others may remember the MX for as long as its former TTL said", day),
      repeats: 2,
      missing: (state) =>
        unless(
          mxIn(state, domain)?.values.every((value) => /\.mail\.protection\.outlook\.com$/.test(value)) ??
            false,
          "the MX is as it was",
        ),
    },
    {
      stage: "retire",
      title:
        "Retire: after 72 hours and one more synchronization the batches are deleted, the MX gets its TTL back",
      wait: waitFor("72 hours, and then a synchronization later than the switch", 3 * day, day),
      repeats: 4,
      missing: (state) => {
        // Exchange removes a batch in its own time after it has agreed to.
        const left = state.batches.filter(({ status }) => status !== "Removing").length;
        return unless(left === 0, `${counted(left, "batch is", "batches are")} still there`);
      },
    },
    {
      stage: "complete",
      title: "Complete: Autodiscover points at Microsoft 365, all licences are checked",
      wait: waitFor("Once more", hour),
      repeats: 2,
      missing: (state) =>
        unless(
          state.zone.some(({ name, type }) => name === `autodiscover.${domain}` && type === "CNAME"),
          "there is no Autodiscover CNAME",
        ),
    },
  ];
}
