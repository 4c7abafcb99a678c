import type { Problem } from "../../base/problem.js";
import { mailboxes, someOf } from "../../base/words.js";
import {
  attributesToConvert,
  checkConversionRights,
  type Directory,
  readUsers,
  reviewAccount,
  surveyUnifiedMessaging,
  unifiedMessagingRightsProblems,
} from "../../on-premises/directory/index.js";
import type { Plan } from "../../plan/index.js";
import type { Findings } from "./findings.js";

/** Whose entries will be written. */
export interface ToBeWritten {
  /** Who will be converted. */
  readonly converted: readonly string[];
  /** Whose Unified Messaging will be turned off. */
  readonly unifiedMessagingOff: readonly string[];
}

/**
 * Whether the plan's account may write what the waves will change, as Active Directory computes it: nothing is written. A
 * conversion months later would be the first to tell. Single users do not hold up a wave, so they are a warning.
 * @param directory bound as the plan's account
 */
export async function checkDirectoryRights(
  { directory: { bindDn }, source }: Pick<Plan, "directory" | "source">,
  directory: Directory,
  { converted: addresses, unifiedMessagingOff }: ToBeWritten,
): Promise<Findings> {
  if (reviewAccount() !== undefined)
    return {
      facts: [`what ${bindDn} may write is not judged: this runs with an account that only reads`],
      warnings: [],
      problems: [],
    };
  const { users } = await readUsers(directory, addresses);
  const withMailbox = [...users].filter(([, { attributes }]) => attributes["homeMDB"] !== undefined);
  const { denied, unknown } = await checkConversionRights(
    directory,
    withMailbox.map(([address]) => address),
  );
  const lacking = denied.flatMap(({ address, attributes }) => {
    const user = users.get(address);
    const asked = new Set(user && attributesToConvert(user, { flavour: source.exchange }));
    const needed = attributes.filter((name) => asked.has(name));
    return needed.length === 0 ? [] : [{ address, needed }];
  });
  const { users: withUnifiedMessaging } = await surveyUnifiedMessaging(directory, unifiedMessagingOff);
  const voiceMail = await unifiedMessagingRightsProblems(directory, withUnifiedMessaging);
  const judged = withMailbox.length - unknown.length;
  const problem: Problem = {
    code: "conversion-rights",
    subject: bindDn,
    reason: `may not write ${[...new Set(lacking.flatMap(({ needed }) => needed))].sort().join(", ")} on ${lacking.length} of ${mailboxes(judged)} to be converted: ${someOf(lacking.map(({ address }) => address))}`,
    hint: "Grant it WriteProperty on these attributes of the users (docs/on-premises.md); protected accounts (adminCount=1) lose such a grant every hour",
  };
  return {
    facts: [
      ...(judged > 0
        ? [
            `${bindDn} may write what a conversion changes on ${judged - lacking.length} of ${mailboxes(judged)}`,
          ]
        : []),
      ...(unknown.length > 0
        ? [`what ${bindDn} may write is not judged for ${mailboxes(unknown.length)}: ${someOf(unknown)}`]
        : []),
    ],
    warnings: lacking.length > 0 && lacking.length < judged ? [problem] : [],
    problems: [...(lacking.length > 0 && lacking.length === judged ? [problem] : []), ...voiceMail],
  };
}
