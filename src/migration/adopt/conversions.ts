import type { Problem } from "../../base/problem.js";
import { isBroughtBack } from "../brought-back-users.js";

/** What a survey of a wave's users says of each. */
interface Surveyed {
  readonly users: readonly { readonly address: string; readonly plan: { readonly already: boolean } }[];
  readonly problems: readonly Problem[];
}

/** The mailboxes of a wave that are known to have been copied. */
export interface CopiesKnown {
  /** As in the CSV. */
  readonly addresses: readonly string[];
  /** Seen Synced in a batch that stands. */
  readonly arrived: ReadonlySet<string>;
  /** Those listed under `convert` in the plan. */
  readonly named: readonly string[];
  /** Whether the wave still has batches, which tell who was copied. */
  readonly batchStands: boolean;
}

/** How a wave's users stand, for adoption. */
export interface ConversionsFound {
  readonly converted: readonly string[];
  /** Copied, and still mailboxes. */
  readonly open: readonly string[];
  readonly waiting: readonly string[];
  /** Problems of users who were brought back after a conversion: they stay as they are, and an update tells of them. */
  readonly back: readonly Problem[];
  readonly problems: readonly Problem[];
}

/**
 * Whose conversion the directory and the cloud's mailbox prove together: every attribute is as a conversion leaves it, and, as long as
 * there is a batch that would know, the mailbox was seen Synced in it. Pure.
 */
export function foundConversions(
  { users, problems }: Surveyed,
  { addresses, arrived, named, batchStands }: CopiesKnown,
): ConversionsFound {
  const answered = new Set(named.map((address) => address.toLowerCase()));
  const copied = (address: string) => arrived.has(address) || answered.has(address.toLowerCase());
  const already = users.filter(({ plan }) => plan.already).map(({ address }) => address);
  const unproved = batchStands ? already.filter((address) => !copied(address)) : [];
  const converted = already.filter((address) => !unproved.includes(address));
  const open = users
    .filter(({ plan, address }) => !plan.already && copied(address))
    .map(({ address }) => address);
  const back = problems.filter(isBroughtBack);
  const settled = new Set([...already, ...open, ...back.map(({ subject }) => subject)]);
  return {
    converted,
    open,
    waiting: addresses.filter((address) => !settled.has(address) && !copied(address)),
    back,
    problems: [
      // A mailbox that is not copied yet is nothing wrong.
      ...problems.filter((problem) => copied(problem.subject) && !isBroughtBack(problem)),
      ...unproved.map((address) => ({
        code: "adopt-conversion-unproved",
        subject: address,
        reason: "is a mail user on premises, and its mailbox was never seen Synced in its batch",
        hint: "Find out whether it was copied: name it in convert of its wave where it was, else bring its mailbox back (Connect-Mailbox)",
      })),
    ],
  };
}
