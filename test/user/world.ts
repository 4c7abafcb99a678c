import type { World } from "../../lab/index.js";
import type { RecordSet } from "../../src/dns/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import { mailboxes, plannedWorld, smallPlan } from "../engine/small-migration.js";

/** Where a walk's zone is hosted; `manual`: a person publishes what is asked for; `split`: RFC 2136, and three stacks. */
export type WalkHost = PlanInput["dns"]["host"] | "split";

/** The domain that is migrated. */
export const domain = "contoso.com";
/** The stacks of a walk; the first is applied first, then the others, at once. */
export const stacksOf = (host: WalkHost) =>
  host === "split" ? ["domain", "waves-a", "waves-b"] : ["production"];
/** A password that stands in a list. */
export const password = "Pl4nted-P4ssw0rd!";

/** Where mail went before. */
export const formerMx = ["10 mail.contoso.com", "20 backup.contoso.net"];
/** Who sent mail before. */
export const formerSpf = "v=spf1 mx ip4:192.0.2.10 -all";
/** The same with the tenant, from `migrate` on. */
export const newSpf = "v=spf1 mx ip4:192.0.2.10 include:spf.protection.outlook.com -all";
/** A text of somebody else. */
export const others = "google-site-verification=abc";
/** Where Outlook looks for its settings. */
export const autodiscover = `autodiscover.${domain}`;

/** What a domain has before its migration: two mail servers, two TXT records, addresses at autodiscover. */
const zoneBefore: readonly RecordSet[] = [
  { name: domain, type: "MX", ttl: 86_400, values: formerMx },
  {
    name: domain,
    type: "TXT",
    ttl: 43_200,
    values: [formerSpf, others],
  },
  { name: `mail.${domain}`, type: "A", ttl: 86_400, values: ["192.0.2.10"] },
  { name: autodiscover, type: "A", ttl: 7200, values: ["192.0.2.11", "192.0.2.12"] },
  { name: `www.${domain}`, type: "A", ttl: 3600, values: ["192.0.2.80"] },
];

/** One wave with passwords, one without; eva's mailbox is too large at first, zoe stands in no list. */
export const lists = {
  "mailboxes/wave1.csv": [
    "EmailAddress,Password,ForceChangePassword",
    ...["pilarp", "tobyn", "briant"].map((local) => `${local}@${domain},${password},False`),
  ].join("\n"),
  "mailboxes/wave2.csv": mailboxes(["anna", "bert", "carla", "dieter", "eva"]),
};
/** Whose mailbox is too large at first. */
export const tooLarge = `eva@${domain}`;
/** Who stands in no list at first. */
export const unlisted = `zoe@${domain}`;

const plan: PlanInput = {
  ...smallPlan,
  spf: "add",
  waves: [
    { name: "wave1", csv: "mailboxes/wave1.csv" },
    { name: "wave2", csv: "mailboxes/wave2.csv" },
  ],
};

/** The second list with its rows in another order. */
export const reordered = mailboxes(["eva", "dieter", "carla", "bert", "anna"]);
/** The second list with who stood in none. */
export const everybody = mailboxes(["eva", "dieter", "carla", "bert", "anna", unlisted.replace(/@.*/, "")]);

/** Changes every wave of a plan, or the one that is named. */
export const waves =
  (change: Partial<PlanInput["waves"][number]>, name?: string) =>
  (before: PlanInput): PlanInput => ({
    ...before,
    waves: before.waves.map((batch) =>
      name === undefined || batch.name === name ? { ...batch, ...change } : batch,
    ),
  });

/** The plan of a walk, split where several stacks apply it. */
export function planOf(host: WalkHost): PlanInput {
  if (host !== "split") return plan;
  const stacks = stacksOf(host);
  return {
    ...plan,
    domainStack: "domain",
    waves: plan.waves.map((batch, index) => ({ ...batch, stack: stacks[index + 1] })),
  };
}

/** The tenant, directory and zone of that plan, with a mailbox that fails and one that no list has. */
export const worldOf = (input: PlanInput): World =>
  plannedWorld(input, lists, {
    zone: zoneBefore,
    extraMailboxes: [unlisted],
    world: (planned) => ({
      ...planned,
      mailboxes: planned.mailboxes.map((mailbox) =>
        mailbox.emailAddress === tooLarge ? { ...mailbox, fault: "quota" as const } : mailbox,
      ),
      sku: { ...planned.sku, seats: 12 },
    }),
  }).world;
