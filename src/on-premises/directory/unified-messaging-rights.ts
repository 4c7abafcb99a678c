import type { Problem } from "../../base/problem.js";
import type { Directory } from "./connection.js";
import { checkWriteAccess } from "./permissions.js";
import { reviewAccount } from "./review-account.js";
import { type UnifiedMessagingUser, unifiedMessagingAttributes } from "./unified-messaging.js";

/** Users whose settings the bound account may not write, each with what it lacks. Nothing is judged outside of Active Directory. */
export async function unifiedMessagingRightsProblems(
  directory: Directory,
  users: readonly UnifiedMessagingUser[],
): Promise<Problem[]> {
  // A review's account can only read: the update asks for itself.
  if (reviewAccount() !== undefined) return [];
  const { denied } = await checkWriteAccess(
    directory,
    users.map(({ address }) => address),
    unifiedMessagingAttributes,
  );
  const settings = new Map(users.map((user) => [user.address, user.settings]));
  return denied.flatMap(({ address, attributes }) => {
    const needed = attributes.filter((attribute) => settings.get(address)?.[attribute] !== undefined);
    if (needed.length === 0) return [];
    return [
      {
        code: "unified-messaging-rights",
        subject: address,
        reason: `${directory.settings.bindDn} may not write ${needed.join(", ")}`,
        hint: "Grant WriteProperty on these attributes (docs/on-premises.md), or turn Unified Messaging off with Disable-UMMailbox",
      },
    ];
  });
}
