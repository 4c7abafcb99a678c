import * as fc from "fast-check";
import { mailboxUser } from "../../lab/directory/index.js";
import { toModifications } from "../../src/on-premises/directory/apply.js";
import { sameValue, textsOf, valuesOf } from "../../src/on-premises/directory/attributes.js";
import { noAddressPolicy } from "../../src/on-premises/directory/conversion.js";
import { guidOf } from "../../src/on-premises/directory/guid.js";
import {
  type AttributeValue,
  type AttributeValues,
  type CloudMailbox,
  type ConversionOptions,
  type ConversionPlan,
  cleanDatabaseCommands,
  conversionCsv,
  type DirectoryUser,
  describePlan,
  isPlan,
  planConversion,
} from "../../src/on-premises/directory/index.js";
import { toUser } from "../../src/on-premises/directory/users.js";

const databaseDn = "CN=DB\\, first,CN=SG,CN=InformationStore,CN=EX01,CN=Servers,DC=contoso,DC=com";
const options: ConversionOptions = { flavour: "2007", recipientTypeDetails: "128" };
const cloud: CloudMailbox = {
  primarySmtpAddress: "pilarp@contoso.com",
  legacyExchangeDn: "/o=ExchangeLabs/cn=Recipients/cn=cloud-pilarp, with a comma",
  emailAddresses: [
    "SMTP:pilarp@contoso.com",
    "smtp:PilarP@contoso.onmicrosoft.com",
    "smtp:pilarp@contoso.mail.onmicrosoft.com",
  ],
  exchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
};

function user(attributes: AttributeValues = {}, exchange: "2003" | "2007" = "2007"): DirectoryUser {
  return toUser(
    mailboxUser({
      address: "pilarp@contoso.com",
      parentDn: "OU=Staff,DC=contoso,DC=com",
      databaseDn,
      exchange,
      attributes,
    }),
  );
}

function planOf(of: DirectoryUser, mailbox = cloud, how = options): ConversionPlan {
  const plan = planConversion(of, mailbox, how);
  if (!isPlan(plan)) throw new Error(plan.reason);
  return plan;
}

/** What a directory makes of a plan: every removed value must have been there, every added one must not. */
function applied(to: DirectoryUser, plan: ConversionPlan): DirectoryUser {
  const attributes: Record<string, readonly AttributeValue[]> = { ...to.attributes };
  for (const { attribute, removed, added } of plan.changes) {
    const before = valuesOf(attributes, attribute);
    for (const value of removed)
      expect(before.some((other) => sameValue(attribute, other, value))).toBe(true);
    const kept = before.filter((value) => !removed.some((other) => sameValue(attribute, other, value)));
    for (const value of added) expect(kept.some((other) => sameValue(attribute, other, value))).toBe(false);
    attributes[attribute] = [...kept, ...added];
  }
  return toUser({
    dn: to.dn,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0)),
  });
}

describe("planning a conversion", () => {
  it("changes exactly what ties the user to the store, and adds what mail needs to find the cloud mailbox", () => {
    const after = applied(user(), planOf(user()));
    expect(after.attributes).toEqual({
      ...Object.fromEntries(
        [
          "objectClass",
          "cn",
          "displayName",
          "sAMAccountName",
          "userPrincipalName",
          "mail",
          "mailNickname",
          "legacyExchangeDN",
          "userAccountControl",
        ].map((name) => [name, user().attributes[name]]),
      ),
      proxyAddresses: [
        "SMTP:pilarp@contoso.com",
        "X400:c=US;a= ;p=First Organizati;o=Exchange;s=pilarp;",
        "X500:/o=ExchangeLabs/cn=Recipients/cn=cloud-pilarp, with a comma",
        "X500:/o=First Organization/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=pilarp",
      ],
      targetAddress: ["SMTP:pilarp@contoso.onmicrosoft.com"],
      msExchMailboxGuid: [{ base64: "C4pqny0cP06AkaKzxNXm9w==" }],
      msExchPoliciesExcluded: [noAddressPolicy],
      msExchRecipientTypeDetails: ["128"],
      msExchRecipientDisplayType: ["6"],
    });
  });

  it("writes the cloud's GUID with its first three groups little-endian, and keeps the old one for Exchange 2003", () => {
    const guid = (plan: ConversionPlan) =>
      guidOf(plan.changes.find(({ attribute }) => attribute === "msExchMailboxGuid")?.added[0]);
    expect(guid(planOf(user()))).toBe(cloud.exchangeGuid);
    expect(guid(planOf(user({}, "2003"), cloud, { ...options, flavour: "2003" }))).toBeUndefined();
  });

  it("sets no recipient type where Exchange 2003 had none", () => {
    const plan = planOf(user({}, "2003"), cloud, { ...options, flavour: "2003" });
    expect(plan.changes.filter(({ attribute }) => attribute.startsWith("msExchRecipient"))).toEqual([]);
  });

  it("removes the recipient type when the plan says so", () => {
    const after = applied(user(), planOf(user(), cloud, { ...options, recipientTypeDetails: "remove" }));
    expect(after.attributes).not.toHaveProperty("msExchRecipientTypeDetails");
    expect(after.attributes).not.toHaveProperty("msExchRecipientDisplayType");
  });

  it.each([
    [
      "what the migration service wrote stays",
      "SMTP:pilarp@contoso.mail.onmicrosoft.com",
      "SMTP:pilarp@contoso.mail.onmicrosoft.com",
    ],
    [
      "another spelling of it stays",
      "smtp:PILARP@contoso.onmicrosoft.com",
      "smtp:PILARP@contoso.onmicrosoft.com",
    ],
    ["a foreign address is replaced", "SMTP:pilar@old.example", "SMTP:pilarp@contoso.onmicrosoft.com"],
  ])("%s in targetAddress", (_, before, after) => {
    const converted = applied(user({ targetAddress: [before] }), planOf(user({ targetAddress: [before] })));
    expect(textsOf(converted.attributes, "targetAddress")).toEqual([after]);
  });

  it.each([
    [
      "two primaries: the cloud's",
      ["SMTP:old@contoso.com", "SMTP:pilarp@contoso.com"],
      ["smtp:old@contoso.com", "SMTP:pilarp@contoso.com"],
    ],
    [
      "none: the cloud's",
      ["smtp:old@contoso.com", "smtp:pilarp@contoso.com"],
      ["smtp:old@contoso.com", "SMTP:pilarp@contoso.com"],
    ],
    [
      "one: it stays, also when the cloud has another",
      ["SMTP:old@contoso.com", "smtp:pilarp@contoso.com"],
      ["SMTP:old@contoso.com", "smtp:pilarp@contoso.com"],
    ],
    [
      "spellings of one address become one",
      ["smtp:PilarP@contoso.com", "SMTP:pilarp@contoso.com"],
      ["SMTP:pilarp@contoso.com"],
    ],
  ])("with primaries %s", (_, before, after) => {
    const given = user({ proxyAddresses: before });
    const proxies = textsOf(applied(given, planOf(given)).attributes, "proxyAddresses");
    expect(proxies.filter((proxy) => !proxy.startsWith("X500:")).sort()).toEqual([...after].sort());
  });

  it("takes all spellings of an address away, each by value, and adds one: what is added meanwhile stays", () => {
    const given = user({
      proxyAddresses: ["smtp:PilarP@contoso.com", "SMTP:pilarp@contoso.com", "smtp:other@contoso.com"],
    });
    const change = planOf(given).changes.find(({ attribute }) => attribute === "proxyAddresses");
    expect(change?.removed).toEqual(["smtp:PilarP@contoso.com", "SMTP:pilarp@contoso.com"]);
    expect(change?.added.filter((value) => !String(value).startsWith("X500:"))).toEqual([
      "SMTP:pilarp@contoso.com",
    ]);
    const written = change === undefined ? [] : toModifications(change);
    expect(written.map(({ operation }) => operation)).toEqual(["delete", "delete", "add"]);
    expect(written.slice(0, 2).flatMap(({ values }) => values)).toEqual(change?.removed);
  });

  it("shows a value with control characters on its own line, spelled out, so that it cannot look like a change", () => {
    const given = user({
      msExchHomeServerName: ["/o=x\n  + targetAddress: SMTP:evil@x.example\u001b[2K\u202e"],
    });
    const text = describePlan(planOf(given));
    expect(text.split("\n").filter((line) => line.includes("evil"))).toEqual([
      "  - msExchHomeServerName: /o=x\\u{a}  + targetAddress: SMTP:evil@x.example\\u{1b}[2K\\u{202e}",
    ]);
  });

  it.each<[string, AttributeValues, Partial<CloudMailbox>]>([
    ["conversion-not-a-mailbox", { legacyExchangeDN: [] }, {}],
    ["conversion-not-a-mailbox", { proxyAddresses: [] }, {}],
    ["conversion-other-mailbox", {}, { primarySmtpAddress: "ayla@contoso.com" }],
    [
      "conversion-no-routing-address",
      {},
      { emailAddresses: ["SMTP:pilarp@contoso.com", "smtp:pilarp@notonmicrosoft.com"] },
    ],
    ["conversion-no-legacy-dn", {}, { legacyExchangeDn: "" }],
    ["conversion-no-cloud-guid", {}, { exchangeGuid: "00000000-0000-0000-0000-000000000000" }],
    ["conversion-no-cloud-guid", {}, { exchangeGuid: "none" }],
  ])("is refused as %s with a hint", (code, attributes, mailbox) => {
    expect(planConversion(user(attributes), { ...cloud, ...mailbox }, options)).toMatchObject({
      code,
      subject: "pilarp@contoso.com",
      hint: expect.any(String),
    });
  });

  it("describes the changes value by value, octets as a GUID or a count", () => {
    const text = describePlan(planOf(user()));
    expect(text).toContain("  + targetAddress: SMTP:pilarp@contoso.onmicrosoft.com");
    expect(text).toContain(`  + msExchMailboxGuid: ${cloud.exchangeGuid}`);
    expect(text).toMatch(/ {2}- msExchMailboxSecurityDescriptor: \d+ octets/);
    const after = applied(user(), planOf(user()));
    expect(describePlan(planOf(after))).toBe("pilarp@contoso.com: already a mail user");
  });

  it("is exported as the scripts' cloud.csv, quoted where needed", () => {
    expect(conversionCsv([cloud], "2007")).toBe(
      "LegacyExchangeDN,CloudEmailAddress,OnPremiseEmailAddress,MailboxGUID\n" +
        `"${cloud.legacyExchangeDn}",pilarp@contoso.onmicrosoft.com,pilarp@contoso.com,${cloud.exchangeGuid}\n`,
    );
    expect(conversionCsv([], "2003")).toBe("LegacyExchangeDN,CloudEmailAddress,OnPremiseEmailAddress\n");
  });

  it("names the database to clean, quoted for PowerShell", () => {
    expect(cleanDatabaseCommands([planOf(user()), planOf(user())])).toEqual([
      "Clean-MailboxDatabase -Identity 'EX01\\SG\\DB, first'",
    ]);
  });
});

describe("whatever the user looked like", () => {
  const address = fc.constantFrom(
    "pilarp@contoso.com",
    "PilarP@contoso.com",
    "old@contoso.com",
    "OLD@Contoso.com",
    "x@fabrikam.com",
  );
  const proxy = fc.oneof(
    fc.tuple(fc.constantFrom("SMTP:", "smtp:", "Smtp:"), address).map((parts) => parts.join("")),
    fc.constantFrom(
      "X500:/o=First/cn=a",
      "x500:/O=FIRST/CN=A",
      "X400:c=US;s=p;",
      "EUM:1234;phone-context=d",
      "sip:p@contoso.com",
    ),
  );
  const attributes = fc.record({
    proxyAddresses: fc
      .uniqueArray(proxy, { maxLength: 9 })
      .map((list) => [...new Set([...list, "smtp:pilarp@contoso.com"])]),
    targetAddress: fc.constantFrom([], ["SMTP:pilarp@contoso.onmicrosoft.com"], ["SMTP:x@y.example"]),
    homeMDB: fc.constantFrom([], [databaseDn]),
    msExchPoliciesExcluded: fc.constantFrom([], [noAddressPolicy.toLowerCase()], ["{other}"]),
    legacyExchangeDN: fc.constantFrom(["/o=First/cn=a"], ["/o=First/cn=b"]),
    mail: fc.constantFrom([], ["old@contoso.com"], ["pilarp@contoso.com"]),
  });
  const how = fc.record({
    flavour: fc.constantFrom("2003", "2007"),
    recipientTypeDetails: fc.constantFrom("128", "remove"),
  });

  it("it has one primary, no address twice, both X500s, no tie to the store, and is then already converted", () => {
    fc.assert(
      fc.property(attributes, how, (given, chosen) => {
        const before = user(given, chosen.flavour);
        const plan = planOf(before, cloud, chosen);
        const after = applied(before, plan);
        const proxies = textsOf(after.attributes, "proxyAddresses");
        const folded = proxies.map((value) => value.toLowerCase());
        expect(proxies.filter((value) => value.startsWith("SMTP:"))).toHaveLength(1);
        expect(new Set(folded).size).toBe(folded.length);
        for (const former of textsOf(before.attributes, "proxyAddresses"))
          expect(folded).toContain(former.toLowerCase());
        expect(folded).toContain(`x500:${cloud.legacyExchangeDn}`.toLowerCase());
        expect(folded).toContain(`x500:${textsOf(before.attributes, "legacyExchangeDN")[0]}`.toLowerCase());
        expect(after.attributes).not.toHaveProperty("homeMDB");
        expect(planOf(after, cloud, chosen)).toEqual({
          dn: after.dn,
          address: after.address,
          changes: [],
          already: true,
        });
      }),
      { numRuns: 300 },
    );
  });
});
