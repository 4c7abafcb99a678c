import { PresenceFilter } from "ldapts";
import { MailstageError } from "../../base/problem.js";
import { toOctets, valuesOf } from "./attributes.js";
import type { Directory } from "./connection.js";
import { daclOnly } from "./controls.js";
import { resultCode } from "./failures.js";
import {
  type AccessList,
  type Ace,
  aceFlags,
  readAce,
  readableDescriptor,
  type SecurityDescriptor,
  serializeDescriptor,
  withAce,
  withoutAce,
} from "./security-descriptor.js";

/** schemaIDGUID of targetAddress and of class user (MS-ADSC; the Exchange schema). */
export const targetAddressGuid = "f0f8ff9f-1191-11d0-a060-00aa006c33ed";
export const userClassGuid = "bf967aba-0de6-11d0-a285-00aa003049e2";

/** The one entry: write targetAddress, on the users below only. SDDL `(OA;CIIO;WP;f0f8ff9f-…;bf967aba-…;<SID>)`. */
function targetAddressAce(accountSid: string): Ace {
  return {
    allow: true,
    flags: aceFlags.containerInherit | aceFlags.inheritOnly,
    mask: 0x20,
    objectType: targetAddressGuid,
    inheritedObjectType: userClassGuid,
    sid: accountSid,
  };
}

async function readDescriptor(directory: Directory, dn: string): Promise<SecurityDescriptor> {
  const [entry] = await directory
    .search({
      base: dn,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: ["nTSecurityDescriptor"],
      controls: [daclOnly()],
    })
    .catch((error: unknown) => {
      if (resultCode(error) !== 32) throw error;
      throw new MailstageError(
        {
          code: "directory-no-object",
          subject: dn,
          reason: "is not in the directory",
          hint: "Correct directory.grantTargetAddress.organizationalUnit in the plan",
        },
        { cause: error },
      );
    });
  const [octets] = valuesOf(entry?.attributes ?? {}, "nTSecurityDescriptor");
  if (octets !== undefined) return readableDescriptor(dn, toOctets(octets));
  throw new MailstageError({
    code: "directory-no-descriptor",
    subject: dn,
    reason: "shows no security descriptor to the bound account",
    hint: "Bind as an account that may read and change permissions there, such as a Domain Admin",
  });
}

async function editAccessList(
  directory: Directory,
  dn: string,
  edit: (list: AccessList) => AccessList,
): Promise<boolean> {
  const before = await readDescriptor(directory, dn);
  const list = before.dacl ?? { revision: 4, aces: [] };
  const edited = edit(list);
  if (edited.aces.length === list.aces.length) return false;
  // Only the access list goes back: the SD flags control keeps owner, group and audit list as they are.
  const octets = serializeDescriptor({
    control: before.control,
    resourceManager: before.resourceManager,
    dacl: edited,
  });
  try {
    await directory.modify(
      dn,
      [
        {
          operation: "replace",
          attribute: "nTSecurityDescriptor",
          values: [{ base64: octets.toString("base64") }],
        },
      ],
      [daclOnly()],
    );
  } catch (error) {
    const status = resultCode(error);
    if (status !== 50) throw error;
    throw new MailstageError(
      {
        code: "directory-access",
        subject: dn,
        operation: "change permissions",
        status,
        reason: "the bound account may not change the permissions of this object",
        hint: "Bind as an account with Modify Permissions there, such as a Domain Admin",
      },
      { cause: error },
    );
  }
  return true;
}

/**
 * Whether the entry that `grantTargetAddress` makes is there, as it is or wider.
 * @throws MailstageError directory-no-object, directory-no-descriptor, directory-value
 */
export async function hasTargetAddressGrant(
  directory: Directory,
  ouDn: string,
  accountSid: string,
): Promise<boolean> {
  const { dacl } = await readDescriptor(directory, ouDn);
  return (dacl?.aces ?? []).some((octets) => isGrant(readAce(octets), accountSid));
}

function isGrant(ace: Ace | undefined, accountSid: string): boolean {
  return (
    ace?.allow === true &&
    ace.sid === accountSid &&
    (ace.mask & 0x20) !== 0 &&
    (ace.flags & aceFlags.containerInherit) !== 0 &&
    // One that is not handed on reaches the unit's own users, and nobody in the units below.
    (ace.flags & aceFlags.noPropagate) === 0 &&
    (ace.objectType ?? targetAddressGuid) === targetAddressGuid &&
    (ace.inheritedObjectType ?? userClassGuid) === userClassGuid
  );
}

/**
 * Lets an account write `targetAddress` of the users in an OU: one inheritable entry of its access list, everything else
 * left octet for octet. Resolves to whether anything had to be changed.
 * @throws MailstageError directory-access, directory-no-object, directory-no-descriptor, directory-value
 */
export async function grantTargetAddress(
  directory: Directory,
  ouDn: string,
  accountSid: string,
): Promise<boolean> {
  return await editAccessList(directory, ouDn, (list) =>
    list.aces.some((octets) => isGrant(readAce(octets), accountSid))
      ? list
      : withAce(list, targetAddressAce(accountSid)),
  );
}

/** Removes exactly the entry that `grantTargetAddress` makes; resolves to whether it was there. @throws as that does */
export async function revokeTargetAddress(
  directory: Directory,
  ouDn: string,
  accountSid: string,
): Promise<boolean> {
  return await editAccessList(directory, ouDn, (list) => withoutAce(list, targetAddressAce(accountSid)));
}
