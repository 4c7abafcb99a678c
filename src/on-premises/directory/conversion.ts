import { defined } from "../../base/defined.js";
import { type Problem, printable } from "../../base/problem.js";
import { mailboxAttributes, sameValue, sameValues, textsOf, toOctets, valuesOf } from "./attributes.js";
import { guidOctets, guidOf } from "./guid.js";
import { convertedProxies } from "./proxies.js";
import type {
  AttributeChange,
  AttributeValue,
  CloudMailbox,
  ConversionOptions,
  ConversionPlan,
  DirectoryUser,
} from "./types.js";
import { smtpAddress } from "./users.js";

/** The e-mail address policy that stands for "none": keeps Exchange from rewriting the proxies (Microsoft's conversion script for Exchange 2003, step 5; checked 2026-11). */
export const noAddressPolicy = "{26491CFC-9E50-4857-861B-0CB8DF22B5D7}";

/** Read as text here: a value that is none would be left out, and so deleted. */
const textAttributes = [
  "legacyExchangeDN",
  "mail",
  "msExchPoliciesExcluded",
  "proxyAddresses",
  "targetAddress",
] as const;

/** Domains a tenant is born with, in the worldwide, US government, German and Chinese clouds. */
const tenantDomain = /@[^@]+\.(onmicrosoft\.(com|us|de)|partner\.onmschina\.cn)$/;

/**
 * What turns one on-premises mailbox into a mail user: the exact changes, or why it cannot be done.
 * Pure; planned again on its own result it is `already`.
 *
 * Kept as they are: mail, mailNickname, legacyExchangeDN (Microsoft's 2003 script does so, the 2007 cmdlets invent a new
 * one) and every former proxy. Of the cloud's proxies only its legacyExchangeDN is copied, as X500, as both scripts do.
 */
export function planConversion(
  user: DirectoryUser,
  mailbox: CloudMailbox,
  options: ConversionOptions,
): ConversionPlan | Problem {
  const proxies = textsOf(user.attributes, "proxyAddresses");
  const legacy = textsOf(user.attributes, "legacyExchangeDN")[0];
  const cloudPrimary = mailbox.primarySmtpAddress.toLowerCase();
  const cloudGuid = guidOctets(mailbox.exchangeGuid);
  const refuse = (code: string, reason: string, hint: string): Problem => ({
    code,
    subject: user.address,
    operation: `convert ${user.dn}`,
    reason,
    hint,
  });

  const garbled = textAttributes.filter((name) =>
    valuesOf(user.attributes, name).some((value) => typeof value !== "string"),
  );
  if (garbled.length > 0)
    return refuse(
      "conversion-not-text",
      `its ${garbled.join(" and ")} hold octets that are no UTF-8, which would be lost`,
      "Correct the values in the directory and run again",
    );
  if (legacy === undefined || proxies.length === 0)
    return refuse(
      "conversion-not-a-mailbox",
      "has no legacyExchangeDN or no proxyAddresses, so it is neither an Exchange mailbox nor a mail user",
      "Take it out of the wave's list, or repair the user in Exchange first",
    );
  if (!proxies.some((proxy) => smtpAddress(proxy) === cloudPrimary))
    return refuse(
      "conversion-other-mailbox",
      `does not hold the cloud mailbox's primary address ${mailbox.primarySmtpAddress}`,
      "Add that address to the user, or correct the cloud mailbox's primary address, and run again",
    );
  const target = routingAddress(mailbox, textsOf(user.attributes, "targetAddress")[0]);
  if (target === undefined)
    return refuse(
      "conversion-no-routing-address",
      "its cloud mailbox has no address in the tenant's onmicrosoft.com domain",
      "Add one to the cloud mailbox (Set-Mailbox -EmailAddresses @{add=...}) and run again",
    );
  if (mailbox.legacyExchangeDn === "")
    return refuse(
      "conversion-no-legacy-dn",
      "its cloud mailbox has no LegacyExchangeDN, without which replies to old mail would bounce",
      "Read the cloud mailbox again",
    );
  if (cloudGuid === undefined || cloudGuid.every((octet) => octet === 0))
    return refuse(
      "conversion-no-cloud-guid",
      `its cloud mailbox has no ExchangeGuid (${mailbox.exchangeGuid})`,
      "Wait until the mailbox is provisioned in Exchange Online and run again",
    );

  const wanted = new Map<string, readonly AttributeValue[]>(mailboxAttributes.map((name) => [name, []]));
  wanted.set("targetAddress", [target]);
  wanted.set(
    "proxyAddresses",
    convertedProxies(proxies, [mailbox.legacyExchangeDn, legacy], {
      cloud: cloudPrimary,
      mail: textsOf(user.attributes, "mail")[0]?.toLowerCase(),
    }),
  );
  const excluded = textsOf(user.attributes, "msExchPoliciesExcluded");
  if (!excluded.some((id) => id.toUpperCase() === noAddressPolicy))
    wanted.set("msExchPoliciesExcluded", [...excluded, noAddressPolicy]);
  if (options.flavour === "2007") wanted.set("msExchMailboxGuid", [{ base64: cloudGuid.toString("base64") }]);
  for (const [name, values] of recipientType(user, options)) wanted.set(name, values);

  const changes = [...wanted]
    .flatMap(([attribute, after]) => difference(attribute, valuesOf(user.attributes, attribute), after) ?? [])
    .sort((left, right) => (left.attribute < right.attribute ? -1 : 1));
  return {
    dn: user.dn,
    ...defined({ objectGuid: user.objectGuid }),
    address: user.address,
    changes,
    already: changes.length === 0,
  };
}

/** What the conversion of a user may write, as far as it is known before there is a mailbox in the cloud. Pure. */
export function attributesToConvert(
  user: DirectoryUser,
  options: Pick<ConversionOptions, "flavour">,
): readonly string[] {
  const has = (name: string) => valuesOf(user.attributes, name).length > 0;
  const types = ["msExchRecipientTypeDetails", "msExchRecipientDisplayType"];
  return [
    ...mailboxAttributes.filter(has),
    "msExchPoliciesExcluded",
    "proxyAddresses",
    "targetAddress",
    ...(options.flavour === "2007" ? ["msExchMailboxGuid", ...types] : types.filter(has)),
  ];
}

/** Whether planning ended in a plan. */
export function isPlan(result: ConversionPlan | Problem): result is ConversionPlan {
  return "changes" in result;
}

/** The onmicrosoft.com address mail is sent on to, with its prefix: what the migration service wrote if it is one, else the first secondary. */
export function routingAddress(mailbox: CloudMailbox, present?: string): string | undefined {
  const addresses = mailbox.emailAddresses.filter((proxy) => tenantDomain.test(smtpAddress(proxy) ?? ""));
  const written = present === undefined ? undefined : (smtpAddress(present) ?? present.toLowerCase());
  if (addresses.some((proxy) => smtpAddress(proxy) === written)) return present;
  const first = addresses.find((proxy) => proxy.startsWith("smtp:")) ?? addresses[0];
  return first === undefined ? undefined : `SMTP:${smtpAddress(first)}`;
}

/**
 * Exchange 2003 knows no recipient types: there nothing is set that was not there. Whoever was converted keeps the type that was
 * asked for then: the plan's `conversion` concerns those who still have their mailbox.
 */
function recipientType(
  user: DirectoryUser,
  options: ConversionOptions,
): [string, readonly AttributeValue[]][] {
  const has = (name: string) => valuesOf(user.attributes, name).length > 0;
  const [type = "128"] = textsOf(user.attributes, "msExchRecipientTypeDetails");
  if (!mailboxAttributes.some(has) && has("targetAddress") && type === "128") return [];
  const values =
    options.recipientTypeDetails === "128" ? { type: ["128"], display: ["6"] } : { type: [], display: [] };
  const types: [string, readonly AttributeValue[]][] = [
    ["msExchRecipientTypeDetails", values.type],
    ["msExchRecipientDisplayType", values.display],
  ];
  return types.filter(([name]) => options.flavour === "2007" || has(name));
}

/** The change that leads from one value list to another; undefined when they are the same. */
export function difference(
  attribute: string,
  before: readonly AttributeValue[],
  after: readonly AttributeValue[],
): AttributeChange | undefined {
  if (sameValues(attribute, before, after)) return undefined;
  const repeated = new Set([...repetitions(attribute, before), ...repetitions(attribute, after)]);
  const goes = (value: AttributeValue) =>
    repeated.has(folded(value)) || !after.some((other) => sameValue(attribute, value, other));
  const comes = (value: AttributeValue) =>
    repeated.has(folded(value)) || !before.some((other) => sameValue(attribute, value, other));
  return { attribute, removed: before.filter(goes), added: after.filter(comes) };
}

const folded = (value: AttributeValue) => toOctets(value).toString("latin1").toLowerCase();

/** Proxies that differ by case only: a server told to delete one of them may delete another, so all of them go. */
function repetitions(attribute: string, values: readonly AttributeValue[]): Set<string> {
  if (attribute !== "proxyAddresses") return new Set();
  const seen = new Set<string>();
  return new Set(
    values.map(folded).filter((key) => {
      const again = seen.has(key);
      seen.add(key);
      return again;
    }),
  );
}

/** A plan as text for a preview: one line a value, `-` for removed and `+` for added. Holds no secret. */
export function describePlan(plan: ConversionPlan): string {
  if (plan.already) return `${printable(plan.address)}: already a mail user`;
  const lines = plan.changes.flatMap(({ attribute, removed, added }) => [
    ...removed.map((value) => `  - ${attribute}: ${show(value)}`),
    ...added.map((value) => `  + ${attribute}: ${show(value)}`),
  ]);
  return [`${printable(plan.address)} (${printable(plan.dn)})`, ...lines].join("\n");
}

/** A value on one line, whatever is in it: it must not look like a line of the preview. */
function show(value: AttributeValue): string {
  return typeof value === "string" ? printable(value) : (guidOf(value) ?? `${toOctets(value).length} octets`);
}
