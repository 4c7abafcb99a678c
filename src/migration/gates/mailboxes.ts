import type { Problem } from "../../base/problem.js";
import { agree, are, counted, mailboxes, someOf } from "../../base/words.js";
import { type DirectoryMailbox, type MailboxKind, readUsers } from "../../on-premises/directory/index.js";
import { asciiDomain, normalAddress } from "../../plan/names.js";
import { writeUnlistedReport } from "../unlisted-report.js";
import type { GateAnswer, GateQuestion, WaveAddresses } from "./reads-of-gates.js";

/** The kinds of mailboxes that hold somebody's mail. */
const kinds = ["user", "shared", "room", "equipment", "linked"] as const satisfies readonly MailboxKind[];

const ofKind = (number: number, kind: MailboxKind) => counted(number, `${kind} mailbox`, `${kind} mailboxes`);

/** Mailboxes on premises with an address of the domain, and those of them that no wave names by any of their addresses. */
export interface DomainMailboxes {
  readonly all: readonly DirectoryMailbox[];
  readonly unlisted: readonly DirectoryMailbox[];
}

const addressesIn = (waves: readonly WaveAddresses[]): ReadonlySet<string> =>
  new Set(waves.flatMap(({ addresses }) => addresses));

/**
 * Sorts the directory's mailboxes by the lists. Pure.
 * @param shared addresses that several objects hold: of these each names only the mailbox whose primary one it is
 */
function domainMailboxes(
  mailboxes: readonly DirectoryMailbox[],
  listed: ReadonlySet<string>,
  domain: string,
  shared: ReadonlySet<string> = new Set(),
): DomainMailboxes {
  const end = `@${asciiDomain(domain)}`;
  const all = mailboxes.filter(({ addresses }) =>
    addresses.some((address) => normalAddress(address).endsWith(end)),
  );
  return {
    all,
    unlisted: all.filter(({ addresses, primary }) => {
      const own = normalAddress(primary);
      const names = (address: string) => listed.has(address) && (address === own || !shared.has(address));
      return !addresses.some((address) => names(normalAddress(address)));
    }),
  };
}

/**
 * Every mailbox of the domain is in a wave: who is in none loses its mail when the MX is switched (Microsoft's procedure,
 * "Route your email": complete for all of your users). Exchange's own mailboxes are nobody's.
 */
export async function askMailboxesListed(question: GateQuestion): Promise<GateAnswer> {
  const { domain } = question.subject;
  const onPremises = await question.onPremises();
  const listed = addressesIn(question.waves());
  const shared = await sharedAddresses(question, onPremises, listed);
  const { all, unlisted } = domainMailboxes(onPremises, listed, domain, shared);
  const left = unlisted.filter(({ kind }) => kind !== "system");
  const problems = unlistedProblems(left, domain);
  const report = left.length === 0 ? undefined : writeUnlistedReport(question.owner, left);
  const system = all.filter(({ kind }) => kind === "system").length;
  return {
    gate: "mailboxes-listed",
    facts: [
      `${mailboxes(all.length - system)} of ${domain} ${are(all.length - system)} on premises, each in a wave`,
      ...(system === 0 ? [] : [`Exchange's own mailboxes stay: ${system}`]),
    ],
    problems: problems.map((problem) => ({ ...problem, reason: `${problem.reason}; all: ${report}` })),
  };
}

/**
 * Of the addresses by which mailboxes are listed that have another primary one, those that several objects hold: the row means the other
 * object, a mail user by now perhaps, and this mailbox would be in no wave and lose its mail.
 */
async function sharedAddresses(
  question: GateQuestion,
  onPremises: readonly DirectoryMailbox[],
  listed: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const secondary = onPremises.flatMap(({ addresses, primary }) => {
    const own = normalAddress(primary);
    return listed.has(own) ? [] : addresses.map(normalAddress).filter((address) => listed.has(address));
  });
  if (secondary.length === 0) return new Set();
  const { ambiguous } = await readUsers(await question.directory(), [...new Set(secondary)]);
  return new Set(ambiguous.map(({ address }) => address));
}

/** One problem a kind of mailbox that is in no wave. Pure. */
function unlistedProblems(unlisted: readonly DirectoryMailbox[], domain: string): Problem[] {
  return kinds.flatMap((kind): Problem[] => {
    const some = unlisted.filter((mailbox) => mailbox.kind === kind);
    if (some.length === 0) return [];
    return [
      {
        code: "mailbox-not-listed",
        subject: `domain ${domain}`,
        reason: `${ofKind(some.length, kind)} on premises ${are(some.length)} in no wave: ${someOf(some.map(({ primary, dn }) => primary || dn))}`,
        hint: "Their mail is lost once the MX is switched: add them to a wave and migrate them, or waive mailboxes-listed with the reason why they may lose it",
      },
    ];
  });
}

/**
 * Each listed address is the primary one of a mailbox on premises of its own. What it is for is told, and so is who is in no wave
 * yet: at this stage lists may still grow.
 */
export async function askAddressesKnown(question: GateQuestion): Promise<GateAnswer> {
  const { domain } = question.subject;
  const waves = question.waves();
  const mailboxes = await question.onPremises();
  const holders = holdersOf(mailboxes);
  const open = waves.flatMap(({ addresses }) =>
    addresses.filter((address) => holders.get(address)?.inScope !== true),
  );
  const { users, missing, ambiguous } =
    open.length === 0
      ? { users: new Map(), missing: [], ambiguous: [] }
      : await readUsers(await question.directory(), open);
  const count = waves.reduce((sum, { addresses }) => sum + addresses.length, 0);
  const { unlisted } = domainMailboxes(mailboxes, addressesIn(waves), domain);
  const left = unlisted.filter(({ kind }) => kind !== "system");
  return {
    gate: "addresses-known",
    facts: [
      `${count - open.length} of ${counted(count, "address", "addresses")} ${agree(count === 1 ? count : count - open.length, "is a mailbox", "are mailboxes")} on premises`,
    ],
    warnings: [
      ...waves.flatMap((wave) => kindWarnings(wave, holders)),
      ...(users.size === 0
        ? []
        : [
            `${counted(users.size, "user")} ${are(users.size)} without a mailbox on premises: ${someOf([...users.keys()])}`,
          ]),
      ...unlistedProblems(left, domain).map(({ reason }) => `${reason}. Before route each has to be in one`),
    ],
    problems: waves
      .flatMap((wave) => [
        ...unknownProblems(
          wave,
          new Set(missing),
          new Map(ambiguous.map(({ address, dns }) => [address, dns])),
        ),
        ...holderProblems(wave, holders),
      ])
      .concat(twiceProblems(waves, holders)),
  };
}

/** Mailboxes by every address they have. */
function holdersOf(mailboxes: readonly DirectoryMailbox[]): Map<string, DirectoryMailbox> {
  return new Map(
    mailboxes.flatMap((mailbox) =>
      mailbox.addresses.map((address) => [normalAddress(address), mailbox] as const),
    ),
  );
}

function unknownProblems(
  { wave, addresses }: WaveAddresses,
  missing: ReadonlySet<string>,
  ambiguous: ReadonlyMap<string, readonly string[]>,
): Problem[] {
  const unknown = addresses.filter((address) => missing.has(address));
  const several = addresses.filter((address) => ambiguous.has(address));
  return [
    ...(unknown.length === 0
      ? []
      : [
          {
            code: "address-unknown",
            subject: `wave ${wave}`,
            reason: `${counted(unknown.length, "address is", "addresses are")} held by no user under directory.baseDn: ${someOf(unknown)}`,
            hint: "Correct them in the list, or directory.baseDn in the plan",
          },
        ]),
    ...(several.length === 0
      ? []
      : [
          {
            code: "address-ambiguous",
            subject: `wave ${wave}`,
            reason: `${counted(several.length, "address is", "addresses are")} held by several objects: ${someOf(several.map((address) => `${address} (${ambiguous.get(address)?.join("; ")})`))}`,
            hint: "Take the address from all but one",
          },
        ]),
  ];
}

/** Addresses of a list that are not the primary ones of their mailboxes, and mailboxes that cannot be migrated. */
function holderProblems(
  { wave, addresses }: WaveAddresses,
  holders: ReadonlyMap<string, DirectoryMailbox>,
): Problem[] {
  const secondary = addresses.flatMap((address) => {
    const primary = holders.get(address)?.primary ?? address;
    return normalAddress(primary) === address ? [] : [`${address} (${primary})`];
  });
  const system = addresses.filter((address) => holders.get(address)?.kind === "system");
  return [
    ...(secondary.length === 0
      ? []
      : [
          {
            code: "address-not-primary",
            subject: `wave ${wave}`,
            reason: `${counted(secondary.length, "address is not the primary one of its mailbox", "addresses are not the primary ones of their mailboxes")}: ${someOf(secondary)}`,
            hint: "List each mailbox by its primary address, here in parentheses",
          },
        ]),
    ...(system.length === 0
      ? []
      : [
          {
            code: "mailbox-of-system",
            subject: `wave ${wave}`,
            reason: `${mailboxes(system.length)} ${are(system.length)} Exchange's own: ${someOf(system)}`,
            hint: "Take them out of the list: they stay with the servers",
          },
        ]),
  ];
}

/** Rows, of one list or of several, that are one mailbox. */
function twiceProblems(
  waves: readonly WaveAddresses[],
  holders: ReadonlyMap<string, DirectoryMailbox>,
): Problem[] {
  const rows = new Map<DirectoryMailbox, { readonly wave: string; readonly address: string }[]>();
  for (const { wave, addresses } of waves)
    for (const address of addresses) {
      const holder = holders.get(address);
      if (holder !== undefined) rows.set(holder, [...(rows.get(holder) ?? []), { wave, address }]);
    }
  const twice = [...rows].filter(([, same]) => same.length > 1);
  return twice.map(([{ primary }, same]) => ({
    code: "mailbox-listed-twice",
    subject: `wave ${same[1]?.wave}`,
    reason: `${same.map(({ wave, address }) => `${address} (${wave})`).join(" and ")} are one mailbox`,
    hint: `Keep the row of its primary address, ${primary}`,
  }));
}

/** What becomes of mailboxes in a list that are no user's own. */
function kindWarnings(
  { wave, addresses }: WaveAddresses,
  holders: ReadonlyMap<string, DirectoryMailbox>,
): string[] {
  return (["shared", "room", "equipment", "linked"] as const).flatMap((kind) => {
    const some = addresses.filter((address) => holders.get(address)?.kind === kind);
    if (some.length === 0) return [];
    const fate =
      kind === "linked"
        ? "their users sign in from another forest, and will sign in to the cloud as the synchronized user instead"
        : `each arrives as a user's mailbox and becomes a mail user on premises like all others (msExchRecipientTypeDetails 128). Run Set-Mailbox -Type ${kind.charAt(0).toUpperCase()}${kind.slice(1)} on it in Exchange Online once it is there: then it needs no licence, and one that it was given can be taken back`;
    return [`wave ${wave}: ${ofKind(some.length, kind)}: ${someOf(some)}: ${fate}`];
  });
}
