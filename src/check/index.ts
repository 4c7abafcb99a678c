import { readMailboxFiles } from "../csv/index.js";
import { MailstageError, type Problem } from "../errors/index.js";
import { askGates, type GateReach } from "../gates/index.js";
import { availableSeats, getGroup, listUsers } from "../graph/index.js";
import { seatProblems, subscription, usersByAddress } from "../migration/licensing.js";
import type { Plan } from "../plan/index.js";
import { checkDns } from "./dns.js";

/** One area of the check: what is in order and what is not. */
export interface CheckedArea {
  readonly area: "mailbox files" | "premises" | "DNS" | "licences";
  readonly facts: readonly string[];
  /** What wants looking at, and does not make the check fail. */
  readonly warnings?: readonly Problem[];
  readonly problems: readonly Problem[];
}

type Findings = Omit<CheckedArea, "area">;

/**
 * Everything that can be known before the first `pulumi up`, asked at once and changing nothing: the mailbox files, the
 * preconditions of stage prepare (Outlook Anywhere, permissions, Unified Messaging), the zone, and the seats for all waves.
 * A failure in one area does not hide the others.
 */
export async function checkAll(plan: Plan, reach: GateReach): Promise<CheckedArea[]> {
  const files = await settled(async () => mailboxFiles(plan, reach.root));
  // Gates read the files themselves: with faulty ones they would only repeat what is said already.
  const readable = files.problems.length === 0;
  const nothing: Findings = { facts: [], problems: [] };
  const [premises, dns, licenses] = await Promise.all([
    readable ? settled(() => premisesOf(plan, reach)) : nothing,
    settled(() => checkDns(plan, observedOf(plan), (name) => reach.secret(name, "tsigSecret"))),
    readable ? settled(() => licensesOf(plan, reach)) : nothing,
  ]);
  return [
    { area: "mailbox files", ...files },
    { area: "premises", ...premises },
    { area: "DNS", ...dns },
    { area: "licences", ...licenses },
  ];
}

/** What the files of a repository say by themselves: nothing is asked, no credential is needed. */
export async function checkFiles(plan: Plan, root: string): Promise<CheckedArea[]> {
  return [{ area: "mailbox files", ...(await settled(async () => mailboxFiles(plan, root))) }];
}

async function settled(ask: () => Promise<Findings>): Promise<Findings> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MailstageError) return { facts: [], problems: error.problems };
    throw error;
  }
}

function mailboxFiles(plan: Plan, root: string): Findings {
  const files = readMailboxFiles(root, plan);
  return {
    facts: files.map(({ path, rows }) => `${path}: ${rows.length.toLocaleString("en-US")} mailboxes`),
    problems: [],
  };
}

const observedOf = ({ dns, domain }: Plan) => ({
  zone: dns.zone ?? domain,
  ...(dns.nameServers === undefined ? {} : { nameServers: dns.nameServers }),
  ...(dns.resolvers === undefined ? {} : { resolvers: dns.resolvers }),
});

async function premisesOf(plan: Plan, reach: GateReach): Promise<Findings> {
  const { facts, waived } = await askGates(
    { ...plan, stage: "prepare", observed: observedOf(plan) },
    plan.waive,
    reach,
  );
  return { facts: [...facts, ...waived.map((line) => `waived: ${line}`)], problems: [] };
}

async function licensesOf(plan: Plan, reach: GateReach): Promise<Findings> {
  const { graph } = reach.session;
  if ("group" in plan.licenses) {
    const group = await getGroup(graph, plan.licenses.group);
    const problem = {
      code: "group-missing",
      subject: `group ${plan.licenses.group}`,
      reason: "does not exist in the tenant",
    };
    return {
      facts: group === undefined ? [] : [`group ${group.displayName} exists`],
      problems: group === undefined ? [problem] : [],
    };
  }
  const sku = await subscription(reach.session, plan.licenses.sku);
  const users = usersByAddress(await listUsers(graph));
  const open = readMailboxFiles(reach.root, plan)
    .flatMap(({ rows }) => rows)
    .filter(
      ({ emailAddress }) => !users.get(emailAddress)?.licenses.some(({ skuId }) => skuId === sku.skuId),
    ).length;
  return {
    facts: [`${sku.skuPartNumber}: ${availableSeats(sku)} seats left, ${open} needed`],
    problems: seatProblems(sku, open),
  };
}
