import type { AttributeValue, AttributeValues } from "./types.js";

/** Attributes the conversion may change; the snapshot holds exactly these (Microsoft's conversion scripts, checked 2026-11). */
export const convertedAttributes = [
  "homeMDB",
  "homeMTA",
  "mDBUseDefaults",
  "msExchHomeServerName",
  "msExchMailboxGuid",
  "msExchMailboxSecurityDescriptor",
  "msExchPoliciesExcluded",
  "msExchPoliciesIncluded",
  "msExchRecipientDisplayType",
  "msExchRecipientTypeDetails",
  "msExchUserAccountControl",
  "msExchUserCulture",
  "proxyAddresses",
  "targetAddress",
] as const;

/** One attribute the conversion may change. */
export type ConvertedAttribute = (typeof convertedAttributes)[number];

/** Attributes that tie a user to a store mailbox: a mail user has none of them. */
export const mailboxAttributes = [
  "homeMDB",
  "homeMTA",
  "mDBUseDefaults",
  "msExchHomeServerName",
  "msExchMailboxSecurityDescriptor",
  "msExchPoliciesIncluded",
  "msExchUserAccountControl",
  "msExchUserCulture",
] as const satisfies readonly ConvertedAttribute[];

/** Everything `readUsers` asks for. */
export const userAttributes: readonly string[] = [
  ...convertedAttributes,
  "adminCount",
  "legacyExchangeDN",
  "mail",
  "mailNickname",
  "objectClass",
  "objectGUID",
];

const binary = new Set(
  [
    "msExchMailboxGuid",
    "msExchMailboxSecurityDescriptor",
    "msExchMasterAccountSid",
    "msExchUMPinChecksum",
    "msExchUMSpokenName",
    "nTSecurityDescriptor",
    "objectGUID",
    "objectSid",
    "tokenGroups",
  ].map((name) => name.toLowerCase()),
);

/** Whether an attribute's values are octets, not text. */
export function isBinary(attribute: string): boolean {
  return binary.has(attribute.toLowerCase());
}

/** The values of one attribute; none when it is absent. */
export function valuesOf(values: AttributeValues, attribute: string): readonly AttributeValue[] {
  return values[attribute] ?? [];
}

/** The text values of one attribute; binary ones are left out. */
export function textsOf(values: AttributeValues, attribute: string): readonly string[] {
  return valuesOf(values, attribute).filter((value) => typeof value === "string");
}

const namesOfEntries = new Set([
  "homeMDB",
  "homeMTA",
  "msExchUMRecipientDialPlanLink",
  "msExchUMTemplateLink",
]);

/** Whether two values of an attribute are the same: octet for octet, but for DNs, which servers spell as they like. */
export function sameValue(attribute: string, left: AttributeValue, right: AttributeValue): boolean {
  if (typeof left === "string" && typeof right === "string")
    return namesOfEntries.has(attribute) ? left.toLowerCase() === right.toLowerCase() : left === right;
  return typeof left !== "string" && typeof right !== "string" && left.base64 === right.base64;
}

/** Whether two lists hold the same values of an attribute, in any order. */
export function sameValues(
  attribute: string,
  left: readonly AttributeValue[],
  right: readonly AttributeValue[],
): boolean {
  return (
    left.length === right.length &&
    left.every((value) => right.some((other) => sameValue(attribute, value, other)))
  );
}

/** A value as the octets that go over the wire. */
export function toOctets(value: AttributeValue): Buffer {
  return typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value.base64, "base64");
}
