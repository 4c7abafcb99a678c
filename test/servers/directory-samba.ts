import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Attribute, Change, Client } from "ldapts";
import type { IssuedCertificate } from "../../lab/certificates.js";
import type { DirectoryRecord } from "../../lab/directory/index.js";
import { mapBounded } from "../../src/base/map-bounded.js";
import { toOctets } from "../../src/on-premises/directory/attributes.js";
import { guidOctets } from "../../src/on-premises/directory/guid.js";
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

const provisionedPassword = "Pr0visioned-by-the-test!";
const configurationDn = `CN=Configuration,${namingContext}`;

interface SchemaAttribute {
  readonly name: string;
  /** Attribute-Id below 1.2.840.113556.1. */
  readonly id: string;
  readonly syntax: readonly [attributeSyntax: string, oMSyntax: string];
  readonly guid?: string;
  readonly multiple?: boolean;
  readonly link?: string;
}

const text = ["2.5.5.12", "64"] as const;
const octets = ["2.5.5.10", "4"] as const;
const distinguished = ["2.5.5.1", "127"] as const;
const integer = ["2.5.5.9", "2"] as const;

/** The Exchange attributes the base schema lacks; those without a known number get one of the lab's. */
const schema: readonly SchemaAttribute[] = [
  { name: "targetAddress", id: "2.352", syntax: text, guid: "f0f8ff9f-1191-11d0-a060-00aa006c33ed" },
  { name: "mailNickname", id: "2.447", syntax: text, guid: "bf9679b3-0de6-11d0-a285-00aa003049e2" },
  {
    name: "homeMDB",
    id: "2.244",
    syntax: distinguished,
    guid: "bf967987-0de6-11d0-a285-00aa003049e2",
    link: "32",
  },
  { name: "homeMTA", id: "2.171", syntax: distinguished, guid: "bf967989-0de6-11d0-a285-00aa003049e2" },
  { name: "mDBUseDefaults", id: "2.309", syntax: ["2.5.5.8", "1"] },
  { name: "msExchHomeServerName", id: "4.7000.102.47", syntax: text },
  {
    name: "msExchMailboxGuid",
    id: "4.7000.102.11058",
    syntax: octets,
    guid: "9333af48-b09e-11d2-aa06-00c04f8eedd8",
  },
  { name: "msExchMailboxSecurityDescriptor", id: "4.7000.102.80", syntax: ["2.5.5.15", "66"] },
  { name: "msExchRecipientTypeDetails", id: "4.7000.102.50855", syntax: ["2.5.5.16", "65"] },
  { name: "msExchRecipientDisplayType", id: "4.7000.102.50730", syntax: integer },
  { name: "msExchPoliciesIncluded", id: "4.7000.102.50050", syntax: text, multiple: true },
  { name: "msExchPoliciesExcluded", id: "4.7000.102.50051", syntax: text, multiple: true },
  { name: "msExchUserAccountControl", id: "4.7000.102.101", syntax: integer },
  { name: "msExchUserCulture", id: "4.7000.999.1", syntax: text },
  { name: "msExchUMEnabledFlags", id: "4.7000.999.2", syntax: integer },
  { name: "msExchUMTemplateLink", id: "4.7000.999.3", syntax: distinguished },
  { name: "msExchUMRecipientDialPlanLink", id: "4.7000.999.4", syntax: distinguished },
  { name: "msExchUMPinChecksum", id: "4.7000.999.5", syntax: octets },
];

function schemaLdif(): string {
  const schemaDn = `CN=Schema,${configurationDn}`;
  return toLdif(
    schema.map(({ name, id, syntax, guid, multiple, link }) => ({
      dn: `CN=${name},${schemaDn}`,
      attributes: {
        objectClass: ["top", "attributeSchema"],
        cn: [name],
        lDAPDisplayName: [name],
        attributeID: [`1.2.840.113556.1.${id}`],
        attributeSyntax: [syntax[0]],
        oMSyntax: [syntax[1]],
        isSingleValued: [multiple === true ? "FALSE" : "TRUE"],
        ...(syntax[1] === "127" && {
          oMObjectClass: [{ base64: Buffer.from("2b0c0287731c00854a", "hex").toString("base64") }],
        }),
        ...(guid !== undefined && {
          schemaIDGUID: [{ base64: (guidOctets(guid) ?? Buffer.alloc(0)).toString("base64") }],
        }),
        ...(link !== undefined && { linkID: [link] }),
      },
    })),
  );
}

function mayContainLdif(): string {
  return `dn: CN=Mail-Recipient,CN=Schema,${configurationDn}
changetype: modify
add: mayContain
${schema.map(({ name }) => `mayContain: ${name}`).join("\n")}

dn:
changetype: modify
add: schemaUpdateNow
schemaUpdateNow: 1
`;
}

/**
 * Provisions an Active Directory domain controller, extends its schema, starts it and loads the fixture over LDAPS. LDAP ports
 * are fixed in Samba, so each one needs a loopback address of its own.
 */
export async function startSamba(
  certificate: IssuedCertificate,
  host = "127.0.0.30",
  more: readonly DirectoryRecord[] = [],
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-samba-"));
  const file = (name: string) => join(folder, name);
  await run("samba-tool", [
    "domain",
    "provision",
    `--targetdir=${folder}`,
    "--realm=CORP.CONTOSO.COM",
    "--domain=CORP",
    "--server-role=dc",
    "--dns-backend=NONE",
    `--adminpass=${provisionedPassword}`,
    `--host-ip=${host}`,
    "--host-name=dc1",
    "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb",
    "--option=ldb:nosync=true",
  ]);
  const config = file("etc/smb.conf");
  await Promise.all(["cache", "run"].map((name) => mkdir(file(name), { recursive: true })));
  await writeFile(file("tls.key"), certificate.key, { mode: 0o600 });
  await writeFile(file("tls.crt"), certificate.cert);
  const provisioned = await readFile(config, "utf8");
  await writeFile(
    config,
    provisioned.replace(
      "[global]",
      `[global]
	interfaces = ${host}/8
	bind interfaces only = yes
	server services = ldap
	ldb:nosync = true
	tls enabled = yes
	tls keyfile = ${file("tls.key")}
	tls certfile = ${file("tls.crt")}
	tls cafile =
	cache directory = ${file("cache")}
	pid directory = ${file("run")}
	lock directory = ${file("run")}
	log level = 0`,
    ),
  );
  const database = file("private/sam.ldb");
  const options = ["--option=dsdb:schema update allowed=true", `--configfile=${config}`, "-H", database];
  await writeFile(file("schema.ldif"), schemaLdif());
  await writeFile(file("may-contain.ldif"), mayContainLdif());
  await run("ldbadd", [...options, file("schema.ldif")]);
  await run("ldbmodify", [...options, file("may-contain.ldif")]);
  const stop = await serve("samba", ["-F", "--no-process-group", "--model=single", "-s", config], host, 636);
  await load(host, [...fixture, ...more]);
  return {
    ldapsUrl: `ldaps://${host}:636`,
    ldapUrl: `ldap://${host}:389`,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function load(host: string, records: readonly DirectoryRecord[]): Promise<void> {
  const client = new Client({ url: `ldaps://${host}` });
  await client.bind(`CN=Administrator,CN=Users,${namingContext}`, provisionedPassword);
  const add = (dn: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>>) =>
    client.add(dn, attributesOf(attributes));
  const password = (value: string) => [Buffer.from(`"${value}"`, "utf16le")];
  for (const [dn, name, secret] of [
    [adminDn, "migroot", adminPassword],
    [migrationDn, "migadmin", migrationPassword],
  ] as const)
    await add(dn, {
      objectClass: ["user"],
      sAMAccountName: [name],
      userAccountControl: ["512"],
      unicodePwd: password(secret),
    });
  await client.modify(`CN=Domain Admins,CN=Users,${namingContext}`, [
    new Change({ operation: "add", modification: new Attribute({ type: "member", values: [adminDn] }) }),
  ]);
  const links = records.flatMap(({ attributes }) =>
    ["homeMDB", "homeMTA", "msExchUMTemplateLink"].flatMap((name) =>
      (attributes[name] ?? []).filter((dn) => typeof dn === "string"),
    ),
  );
  const targets = [...new Set(links)];
  const dns = [...records.map(({ dn }) => dn), ...targets];
  const builtIn = new Set(
    [namingContext, configurationDn, `CN=Services,${configurationDn}`].map((dn) => dn.toLowerCase()),
  );
  const containers = [...missingContainers(dns, namingContext), ...targets].filter(
    (dn) => !builtIn.has(dn.toLowerCase()),
  );
  for (const dn of containers)
    await add(dn, { objectClass: [dn.startsWith("OU=") ? "organizationalUnit" : "container"] });
  await addUsers(host, records);
  await client.unbind();
}

/** Adds the users among the records to a server that has what they point to. */
export async function addUsers(host: string, records: readonly DirectoryRecord[]): Promise<void> {
  const client = new Client({ url: `ldaps://${host}` });
  await client.bind(`CN=Administrator,CN=Users,${namingContext}`, provisionedPassword);
  await mapBounded(records, 8, async ({ dn, attributes }) => {
    if (attributes["objectClass"]?.includes("user") !== true) return;
    const values = Object.entries(attributes).map(([name, list]) => [name, list.map(toOctets)] as const);
    await client.add(
      dn,
      attributesOf({
        ...Object.fromEntries(values),
        objectClass: ["user"],
        userAccountControl: ["514"],
      }),
    );
  });
  await client.unbind();
}

const attributesOf = (attributes: Readonly<Record<string, readonly (string | Buffer)[]>>) =>
  Object.entries(attributes).map(
    ([type, values]) => new Attribute({ type, values: values.map((value) => Buffer.from(value)) }),
  );
