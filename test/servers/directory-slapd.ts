import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IssuedCertificate } from "../../lab/certificates.js";
import type { TestServer } from "./directory-contract.js";
import {
  adminDn,
  adminPassword,
  fixture,
  migrationDn,
  migrationPassword,
  namingContext,
} from "./directory-fixture.js";
import { missingContainers, toLdif } from "./directory-ldif.js";
import { run, serve } from "./directory-processes.js";
import { freePorts } from "./free-ports.js";

const texts = { equality: "caseIgnoreMatch", syntax: "1.3.6.1.4.1.1466.115.121.1.15" };
const octets = { equality: "octetStringMatch", syntax: "1.3.6.1.4.1.1466.115.121.1.40" };
const dns = { equality: "distinguishedNameMatch", syntax: "1.3.6.1.4.1.1466.115.121.1.12" };
const numbers = { equality: "integerMatch", syntax: "1.3.6.1.4.1.1466.115.121.1.27" };

const types: Readonly<Record<string, typeof texts>> = {
  ...Object.fromEntries(
    [
      "displayName",
      "legacyExchangeDN",
      "mDBUseDefaults",
      "mailNickname",
      "msExchHomeServerName",
      "msExchPoliciesExcluded",
      "msExchPoliciesIncluded",
      "msExchUserCulture",
      "proxyAddresses",
      "sAMAccountName",
      "targetAddress",
      "userPrincipalName",
    ].map((name) => [name, texts]),
  ),
  ...Object.fromEntries(
    ["msExchMailboxGuid", "msExchMailboxSecurityDescriptor", "msExchUMPinChecksum"].map((name) => [
      name,
      octets,
    ]),
  ),
  ...Object.fromEntries(
    ["homeMDB", "homeMTA", "msExchUMRecipientDialPlanLink", "msExchUMTemplateLink"].map((name) => [
      name,
      dns,
    ]),
  ),
  ...Object.fromEntries(
    [
      "adminCount",
      "msExchRecipientDisplayType",
      "msExchRecipientTypeDetails",
      "msExchUMEnabledFlags",
      "msExchUserAccountControl",
      "userAccountControl",
    ].map((name) => [name, numbers]),
  ),
};
const multiple = new Set(["msExchPoliciesExcluded", "msExchPoliciesIncluded", "proxyAddresses"]);

/** The Exchange attributes for slapd, under a private arc: only names, rules and the number of values matter here. */
function schema(): string {
  const arc = "1.3.6.1.4.1.99999";
  const lines = Object.entries(types).map(
    ([name, { equality, syntax }], index) =>
      `attributetype ( ${arc}.1.${index + 1} NAME '${name}' EQUALITY ${equality} ` +
      `${syntax === texts.syntax ? "SUBSTR caseIgnoreSubstringsMatch " : ""}SYNTAX ${syntax}` +
      `${multiple.has(name) ? "" : " SINGLE-VALUE"} )`,
  );
  const may = ["mail", "sn", "userPassword", ...Object.keys(types)].join(" $ ");
  return [
    ...lines,
    `objectclass ( ${arc}.2.1 NAME 'container' SUP top STRUCTURAL MAY ( cn $ ou $ dc ) )`,
    `objectclass ( ${arc}.2.2 NAME 'user' SUP top STRUCTURAL MUST cn MAY ( ${may} ) )`,
    "",
  ].join("\n");
}

function entries(): string {
  const accounts = [
    {
      dn: migrationDn,
      attributes: { objectClass: ["top", "user"], cn: ["migadmin"], userPassword: [migrationPassword] },
    },
  ];
  const users = fixture.map(({ dn, attributes }) => {
    const isUser = attributes["objectClass"]?.includes("user");
    return { dn, attributes: { ...attributes, objectClass: ["top", isUser ? "user" : "container"] } };
  });
  const all = [...accounts, ...users];
  const above = missingContainers(
    all.map(({ dn }) => dn),
    namingContext,
  ).map((dn) => ({
    dn,
    attributes: { objectClass: ["top", "container"] },
  }));
  return toLdif([...above, ...all]);
}

/** OpenLDAP's server on free ports, with the fixture and rights as a migration account has them. */
export async function startSlapd(certificate: IssuedCertificate): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-slapd-"));
  const file = (name: string) => join(folder, name);
  await mkdir(file("data"));
  await writeFile(file("tls.key"), certificate.key, { mode: 0o600 });
  await writeFile(file("tls.crt"), certificate.cert);
  await writeFile(file("exchange.schema"), schema());
  await writeFile(
    file("slapd.conf"),
    `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include ${file("exchange.schema")}
pidfile ${file("slapd.pid")}
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile ${file("tls.crt")}
TLSCertificateKeyFile ${file("tls.key")}
security simple_bind=128
sizelimit 1000
database mdb
maxsize 1073741824
suffix "${namingContext}"
rootdn "${adminDn}"
rootpw ${adminPassword}
directory ${file("data")}
dbnosync
index objectClass,proxyAddresses eq
access to attrs=userPassword by anonymous auth by * none
access to attrs=targetAddress by dn.exact="${migrationDn}" write by users read
access to * by users read
`,
    { mode: 0o600 },
  );
  await writeFile(file("entries.ldif"), entries(), { mode: 0o600 });
  await run("/usr/sbin/slapadd", ["-q", "-f", file("slapd.conf"), "-l", file("entries.ldif")]);
  const [ldaps = 0, ldap = 0] = await freePorts(2);
  const urls = { ldapsUrl: `ldaps://127.0.0.1:${ldaps}`, ldapUrl: `ldap://127.0.0.1:${ldap}` };
  const stop = await serve(
    "/usr/sbin/slapd",
    ["-d", "0", "-f", file("slapd.conf"), "-h", `${urls.ldapsUrl} ${urls.ldapUrl}`],
    "127.0.0.1",
    ldaps,
  );
  return {
    ...urls,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}
