import { defined } from "../../base/defined.js";
import { mapBounded } from "../../base/map-bounded.js";
import { MailstageError, type Problem } from "../../base/problem.js";
import { pause, retryDelay } from "../../base/retry.js";
import { failureText } from "../../base/scrub.js";
import { isStopped } from "../../base/stop.js";
import { sameValue, toOctets, valuesOf } from "./attributes.js";
import type { Directory, Modification } from "./connection.js";
import { isConnectionLoss, referredTo, resultCode } from "./failures.js";
import { keyOf, writeName } from "./identity.js";
import type {
  AttributeChange,
  AttributeValue,
  ConversionPlan,
  ConversionResult,
  DirectoryUser,
} from "./types.js";
import { readUsers } from "./users.js";

/** How many rounds of writes may go by in which nobody is converted, before those left are given up. */
const fruitlessRounds = 4;

/** How conversions are written. */
export interface ApplyOptions {
  /** Modifies under way at once on the one connection. @default 16 */
  readonly concurrency?: number;
  /** Called after each user. */
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly total: number;
    readonly failed: number;
  }) => void;
}

/**
 * A change as modify operations. Old values are deleted by value (compare-and-set): the server refuses the whole
 * modify when one is gone. A security descriptor has no matching rule every server knows, so it goes as a whole.
 */
export function toModifications({ attribute, removed, added }: AttributeChange): Modification[] {
  const deleted =
    attribute === "msExchMailboxSecurityDescriptor" ? removed.slice(0, 1).map(() => []) : distinct(removed);
  return [
    ...deleted.map((values) => ({ operation: "delete" as const, attribute, values })),
    ...(added.length > 0 ? [{ operation: "add" as const, attribute, values: added }] : []),
  ];
}

/** The values in as few lists as can be, none of which has two that differ by case only: a server takes those for one. */
function distinct(values: readonly AttributeValue[]): AttributeValue[][] {
  const lists: AttributeValue[][] = [];
  const times = new Map<string, number>();
  for (const value of values) {
    const key = toOctets(value).toString("latin1").toLowerCase();
    const list = times.get(key) ?? 0;
    times.set(key, list + 1);
    lists[list] = [...(lists[list] ?? []), value];
  }
  return lists;
}

/**
 * Converts the planned users: one atomic modify each, so a user is whole before or whole after, whatever happens.
 *
 * The permissive control is not sent: it would let a delete of a value that is gone succeed, and so overwrite what
 * somebody changed since the preview. A user is converted also when the write was refused or unanswered but reading it
 * back shows exactly the planned values: that is what makes a repeated or interrupted run safe.
 */
export async function applyConversions(
  directory: Directory,
  plans: readonly ConversionPlan[],
  { concurrency = 16, onProgress }: ApplyOptions = {},
): Promise<ConversionResult> {
  const converted: string[] = [];
  const problems = new Map<ConversionPlan, unknown>();
  let unreachable: MailstageError | undefined;
  const progress = () =>
    onProgress?.({ done: converted.length + problems.size, total: plans.length, failed: problems.size });
  const convert = async (plan: ConversionPlan) => {
    try {
      // A server that does not come back is not asked again for each of thousands of users.
      if (unreachable !== undefined) throw unreachable;
      if (!plan.already)
        await directory.modify(writeName(directory, plan), plan.changes.flatMap(toModifications));
      converted.push(plan.address);
      problems.delete(plan);
    } catch (error) {
      if (isStopped(error)) throw error;
      if (error instanceof MailstageError) unreachable = error;
      problems.set(plan, error);
    }
    progress();
  };
  let open = plans;
  let fruitless = 0;
  // A lost connection takes every write with it that is under way: fewer at once leave fewer in doubt.
  for (
    let atOnce = concurrency;
    open.length > 0 && fruitless < fruitlessRounds;
    atOnce = Math.ceil(atOnce / 4)
  ) {
    if (fruitless > 0) await pause(retryDelay(fruitless - 1));
    const before = converted.length;
    await mapBounded(open, atOnce, convert);
    const doubtful = open.filter(
      (plan) => isConnectionLoss(problems.get(plan)) || isConflict(problems.get(plan)),
    );
    if (doubtful.length === 0) break;
    const addresses = doubtful.map(({ address }) => address);
    const now = await readUsers(directory, addresses).catch(() => undefined);
    for (const plan of doubtful) {
      const user = now?.users.get(plan.address);
      if (user === undefined || keyOf(user) !== keyOf(plan) || !isDone(user, plan)) continue;
      problems.delete(plan);
      converted.push(plan.address);
    }
    progress();
    // What an answer was lost for and is not there was not done: it is safe to send again.
    open = now === undefined ? [] : doubtful.filter((plan) => isConnectionLoss(problems.get(plan)));
    fruitless = converted.length > before ? 0 : fruitless + 1;
  }
  return { converted, failed: [...problems].map(([plan, error]) => writeProblem(plan, error)) };
}

/** noSuchAttribute: an old value is gone; attributeOrValueExists and constraintViolation: a new one is there. */
function isConflict(error: unknown): boolean {
  return [16, 19, 20].includes(resultCode(error) ?? -1);
}

/** Whether a user has every value the plan adds, and none it removes. */
function isDone(user: DirectoryUser, { changes }: ConversionPlan): boolean {
  return changes.every(({ attribute, removed, added }) => {
    const among = (values: readonly AttributeValue[]) => (value: AttributeValue) =>
      values.some((other) => sameValue(attribute, other, value));
    const has = among(valuesOf(user.attributes, attribute));
    const stays = among(added);
    return added.every(has) && !removed.some((value) => has(value) && !stays(value));
  });
}

/**
 * Why one user could not be written, as `convert`, `restore` and the like name it.
 * @param command what is run again where it is another than `pulumi preview` or `pulumi up`
 */
export function writeProblem(
  {
    address,
    dn,
    operation = `convert ${dn}`,
    command,
  }: { address: string; dn: string; operation?: string; command?: string },
  error: unknown,
): Problem {
  const status = resultCode(error);
  const base = { subject: address, operation, ...defined({ status }) };
  if (status === 16 || status === 20)
    return {
      ...base,
      code: "directory-changed",
      reason: "was changed in the directory since the preview",
      hint: `Run ${command ?? "pulumi preview"} again and look at the new changes`,
    };
  if (status === 50)
    return {
      ...base,
      code: "directory-access",
      reason: "the bound account may not write one of these attributes",
      hint:
        "Grant it WriteProperty on the user's Exchange attributes; if the user has adminCount=1, AdminSDHolder removes " +
        "such grants every hour, so use a Domain Admin for it or clear a stale adminCount and enable inheritance",
    };
  if (status === 10)
    return {
      ...base,
      code: "directory-referral",
      reason: `cannot be written at this server, which refers to another${referredTo(error)}`,
      hint: "Set directory.url in the plan to a domain controller of the user's own domain that can be written, not a read-only one",
    };
  if (status === 32)
    return {
      ...base,
      code: "directory-gone",
      reason: "is no longer at this place of the directory",
      hint: `Run ${command ?? "pulumi preview"} again: the user was moved or deleted`,
    };
  if (error instanceof MailstageError)
    return {
      ...base,
      code: error.code,
      reason: `was left as it is: the directory ${error.problems[0].reason}`,
      hint: `Run ${command ?? "pulumi up"} again when the directory answers`,
    };
  if (isConnectionLoss(error))
    return {
      ...base,
      code: "directory-unanswered",
      reason:
        "the connection was lost before an answer came, so the change is there as a whole or not at all",
      hint: `Run ${command ?? "pulumi up"} again: what is there already is seen and not repeated`,
    };
  return {
    ...base,
    code: "directory-refused",
    reason: `was refused by the directory: ${failureText(error)}`,
  };
}
