import { canonicalDn } from "./dn.js";

/** How an attribute's values are compared and how many there may be (MS-ADA1..3 and the Exchange schema). */
interface AttributeType {
  readonly name: string;
  readonly syntax: "text" | "dn" | "octets" | "number";
  readonly single: boolean;
  /** Linked attributes point at an entry that must exist, and give it a back link. */
  readonly linked?: boolean;
  /** Computed by the server: cannot be written. */
  readonly computed?: boolean;
}

const text = (name: string, single = true): AttributeType => ({ name, syntax: "text", single });
const many = (name: string): AttributeType => text(name, false);
const octets = (name: string): AttributeType => ({ name, syntax: "octets", single: true });
const dn = (name: string, linked = false): AttributeType => ({ name, syntax: "dn", single: true, linked });
const number = (name: string): AttributeType => ({ name, syntax: "number", single: true });

const types: readonly AttributeType[] = [
  ...[
    "cn",
    "ou",
    "dc",
    "name",
    "displayName",
    "givenName",
    "sn",
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "nETBIOSName",
    "dnsRoot",
  ].map((name) => text(name)),
  ...[
    "description",
    "objectClass",
    "proxyAddresses",
    "msExchPoliciesIncluded",
    "msExchPoliciesExcluded",
    "msExchUMDtmfMap",
  ].map(many),
  ...[
    "mailNickname",
    "targetAddress",
    "legacyExchangeDN",
    "mDBUseDefaults",
    "msExchHomeServerName",
    "msExchUserCulture",
  ].map((name) => text(name)),
  ...Array.from({ length: 15 }, (_, index) => text(`extensionAttribute${index + 1}`)),
  ...[
    "msExchMailboxGuid",
    "msExchMailboxSecurityDescriptor",
    "nTSecurityDescriptor",
    "msExchUMPinChecksum",
    "msExchUMSpokenName",
    "msExchMasterAccountSid",
  ].map(octets),
  ...[
    "msExchRecipientTypeDetails",
    "msExchRecipientDisplayType",
    "msExchUserAccountControl",
    "msExchUMEnabledFlags",
    "adminCount",
    "userAccountControl",
  ].map(number),
  ...["homeMTA", "msExchUMTemplateLink", "msExchUMRecipientDialPlanLink", "altRecipient"].map((name) =>
    dn(name),
  ),
  dn("nCName"),
  dn("homeMDB", true),
  { ...dn("homeMDBBL"), single: false, computed: true },
  { ...octets("objectGUID"), computed: true },
  { ...octets("objectSid"), computed: true },
  { ...octets("tokenGroups"), single: false, computed: true },
  { ...text("distinguishedName"), syntax: "dn", computed: true },
  { ...many("allowedAttributesEffective"), computed: true },
];

const byName = new Map(types.map((type) => [type.name.toLowerCase(), type]));

/** The type of an attribute by its name in any case; undefined for one the lab's schema does not have. */
export function attributeType(name: string): AttributeType | undefined {
  return byName.get(name.toLowerCase());
}

/** Names a client may write at all. */
export const writableNames: readonly string[] = types
  .filter(({ computed }) => computed !== true)
  .map(({ name }) => name);

const keys = new WeakMap<Buffer, { readonly syntax: string; readonly key: string }>();

/** A value in the form two equal values share: text and DNs fold case, octets do not. Each search comes by all values again. */
export function matchKey(attribute: string, value: Buffer): string {
  const syntax = attributeType(attribute)?.syntax ?? "text";
  const kept = keys.get(value);
  if (kept?.syntax === syntax) return kept.key;
  const key = madeKey(syntax, value);
  keys.set(value, { syntax, key });
  return key;
}

function madeKey(syntax: string, value: Buffer): string {
  if (syntax === "octets") return value.toString("hex");
  const asText = value.toString("utf8");
  return syntax === "dn" ? canonicalDn(asText) : asText.trim().toLowerCase();
}
