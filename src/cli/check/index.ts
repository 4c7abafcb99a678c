import { defined } from "../../base/defined.js";
import { describeProblem, MailstageError, type Problem } from "../../base/problem.js";
import { counted, mailboxes } from "../../base/words.js";
import { sdkProblems } from "../../dns/hosts/index.js";
import { availableSeats } from "../../microsoft365/graph/index.js";
import { askGates, type GateReach } from "../../migration/gates/index.js";
import { licenseSource } from "../../migration/license-plan.js";
import { countSeats, seatProblems } from "../../migration/license-seats.js";
import { boundAs, connectDirectory } from "../../on-premises/directory/index.js";
import { type MailboxFile, readMailboxFiles } from "../../plan/csv/index.js";
import type { Plan } from "../../plan/index.js";
import { secrets } from "../../plan/secrets.js";
import { checkDirectoryRights } from "./directory-rights.js";
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
 * preconditions of stage prepare (Outlook Anywhere, permissions, Unified Messaging), what the directory account may write, the zone, and
 * the seats for all waves.
 * A failure in one area does not hide the others.
 */
export async function checkAll(plan: Plan, reach: GateReach): Promise<CheckedArea[]> {
  let lists: readonly MailboxFile[] = [];
  const files = await problemsAsFindings(async () => {
    lists = readMailboxFiles(reach.root, plan);
    return rowsOf(lists);
  });
  // Gates read the files themselves: with faulty ones they would only repeat what is said already.
  const readable = files.problems.length === 0;
  const nothing: Findings = { facts: [], problems: [] };
  const [premises, rights, dns, licenses] = await Promise.all([
    readable ? problemsAsFindings(() => premisesOf(plan, reach)) : nothing,
    readable ? problemsAsFindings(() => directoryRightsOf(plan, lists, reach)) : nothing,
    problemsAsFindings(() => checkDns(plan, observedOf(plan), reach.secret)),
    readable ? problemsAsFindings(() => licensesOf(plan, lists, reach)) : nothing,
  ]);
  return [
    { area: "mailbox files", ...files },
    { area: "premises", ...together(premises, rights) },
    { area: "DNS", ...dns, problems: [...sdkProblems(plan.dns.host), ...dns.problems] },
    { area: "licences", ...licenses },
  ];
}

/** What a repository and what is installed say by themselves: nothing is asked, no credential is needed. */
export async function checkFiles(plan: Plan, root: string): Promise<CheckedArea[]> {
  return [
    {
      area: "mailbox files",
      ...(await problemsAsFindings(async () => rowsOf(readMailboxFiles(root, plan)))),
    },
    { area: "DNS", facts: [], problems: sdkProblems(plan.dns.host) },
  ];
}

async function problemsAsFindings(ask: () => Promise<Findings>): Promise<Findings> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MailstageError) return { facts: [], problems: error.problems };
    throw error;
  }
}

function rowsOf(lists: readonly MailboxFile[]): Findings {
  return {
    facts: lists.map(({ path, rows }) => `${path}: ${mailboxes(rows.length)}`),
    problems: [],
  };
}

const observedOf = ({ dns, domain }: Plan) => ({
  zone: dns.zone ?? domain,
  ...defined({ nameServers: dns.nameServers, resolvers: dns.resolvers }),
});

async function premisesOf(plan: Plan, reach: GateReach): Promise<Findings> {
  const { facts, warnings, waived } = await askGates(
    { ...plan, stage: "prepare", observed: observedOf(plan) },
    plan.waive,
    reach,
  );
  return {
    facts: [...facts, ...waived.map((line) => `waived: ${line}`)],
    warnings: warnings.map((line) => {
      const [gate = line] = line.split(": ", 1);
      return { code: "premises-warning", subject: gate, reason: line.slice(gate.length + 2) };
    }),
    problems: [],
  };
}

/** Two findings of one area; what both say, such as a server that does not answer, is said once. */
function together(first: Findings, second: Findings): Findings {
  const said = new Set(first.problems.map(describeProblem));
  return {
    facts: [...first.facts, ...second.facts],
    warnings: [...(first.warnings ?? []), ...(second.warnings ?? [])],
    problems: [
      ...first.problems,
      ...second.problems.filter((problem) => !said.has(describeProblem(problem))),
    ],
  };
}

const addressesOf = (lists: readonly MailboxFile[]) =>
  lists.flatMap(({ rows }) => rows.map(({ emailAddress }) => emailAddress));

async function directoryRightsOf(
  plan: Plan,
  lists: readonly MailboxFile[],
  { secret }: GateReach,
): Promise<Findings> {
  const password = secret(secrets.directory);
  // That it is missing the gates have said.
  if (password === undefined) return { facts: [], problems: [] };
  const off = new Set(
    plan.waves.filter(({ unifiedMessaging }) => unifiedMessaging === "disable").map(({ name }) => name),
  );
  const directory = await connectDirectory(boundAs(plan.directory), password);
  try {
    return await checkDirectoryRights(plan, directory, {
      converted: addressesOf(lists),
      unifiedMessagingOff: addressesOf(lists.filter(({ wave }) => off.has(wave))),
    });
  } finally {
    await directory.close();
  }
}

async function licensesOf(
  plan: Plan,
  lists: readonly MailboxFile[],
  { session }: GateReach,
): Promise<Findings> {
  const source = await licenseSource(session, plan.licenses);
  const { needed, by: waves } = await countSeats(
    session,
    source,
    lists.map(({ wave, rows }) => ({ name: wave, addresses: rows.map(({ emailAddress }) => emailAddress) })),
  );
  const { sku } = source;
  const by = "group" in plan.licenses ? `, by group ${plan.licenses.group}` : "";
  return {
    facts: [`${sku.skuPartNumber}${by}: ${counted(availableSeats(sku), "seat")} left, ${needed} needed`],
    problems: seatProblems(sku, needed, waves),
  };
}
