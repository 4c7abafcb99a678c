import { readFile } from "node:fs/promises";
import type { LabState } from "../../../lab/index.js";
import type { Problem } from "../../base/problem.js";
import { isSecretVariable } from "../../base/secret-names.js";
import { counted } from "../../base/words.js";
import { readRecordSet } from "../../dns/index.js";
import type { DemoProject } from "./project.js";
import { mxIn } from "./stages.js";

type Mailbox = LabState["mailboxes"][number];
type Entry = LabState["directory"][number];

const problem = (subject: string, reason: string): Problem => ({ code: "demo-final-state", subject, reason });

/**
 * Whether the lab is as a finished migration leaves it. Asks the lab and its DNS server, never our resources or their state;
 * what is right is written down here once more, so that an error in a resource cannot excuse itself.
 * @returns what is wrong; empty when the migration went right
 */
export async function finalStateProblems(demo: DemoProject, before: LabState): Promise<Problem[]> {
  const after = await demo.lab.state();
  return [
    ...after.alarms.map(({ subject, code, reason }) => problem(subject, `${code}: ${reason}`)),
    ...mailboxProblems(demo, after),
    ...batchProblems(demo, after),
    ...directoryProblems(demo, before, after),
    ...(await dnsProblems(demo, before)),
    ...(await secretProblems(demo)),
  ];
}

/** Every mailbox of every file is in the cloud, synced, located and licensed, and nobody else is. */
function mailboxProblems(demo: DemoProject, after: LabState): Problem[] {
  const people = new Map(after.mailboxes.map((mailbox) => [mailbox.emailAddress, mailbox]));
  const listed = demo.files.flatMap(({ rows }) => rows.map(({ emailAddress }) => emailAddress));
  const strangers = after.mailboxes.filter(
    ({ emailAddress, recipientType }) => recipientType === "UserMailbox" && !listed.includes(emailAddress),
  );
  return [
    ...listed.flatMap((address) => {
      const reason = unfinished(people.get(address));
      return reason === undefined ? [] : [problem(address, reason)];
    }),
    ...strangers.map(({ emailAddress }) => problem(emailAddress, "was migrated although no list has it")),
  ];
}

function unfinished(mailbox: Mailbox | undefined): string | undefined {
  if (mailbox === undefined) return "is not in the tenant";
  if (mailbox.recipientType !== "UserMailbox")
    return `is a ${mailbox.recipientType} in the cloud, no mailbox`;
  if (mailbox.syncedAt === undefined) return "was never synced";
  if (mailbox.licenses.length !== 1) return `has ${counted(mailbox.licenses.length, "licence")}`;
  if (mailbox.usageLocation === undefined) return "has no usage location";
  if (mailbox.mailboxDisabledAt !== undefined) return "is disabled";
  return undefined;
}

function batchProblems({ plan, files }: DemoProject, after: LabState): Problem[] {
  const parts = files.flatMap(({ wave, rows }) =>
    Array.from({ length: Math.ceil(rows.length / 2000) }, (_, part) =>
      part === 0 ? wave : `${wave}-${part + 1}`,
    ),
  );
  return [
    ...after.batches.map(({ name }) => problem(`batch ${name}`, "is still there")),
    ...parts
      .filter((name) => !after.goneBatches.some((gone) => gone.name === name && gone.why === "removed"))
      .map((name) => problem(`batch ${name}`, "never existed, or was not removed by the migration")),
    ...(after.endpoints.some(({ name }) => name === plan.source.endpointName)
      ? []
      : [problem(`endpoint ${plan.source.endpointName}`, "is gone")]),
  ];
}

/** Mailbox attributes that a mail user must not have (Microsoft's conversion scripts). */
const mailboxOnly = ["homeMDB", "homeMTA", "msExchHomeServerName", "mDBUseDefaults"];

function directoryProblems(demo: DemoProject, before: LabState, after: LabState): Problem[] {
  const former = new Map(before.directory.map((entry) => [entry.dn, entry]));
  const cloud = new Map(after.mailboxes.map((mailbox) => [mailbox.emailAddress, mailbox]));
  const entries = new Map(
    after.directory.flatMap((entry) => primaries(entry).map((address) => [address, entry])),
  );
  return demo.files.flatMap(({ rows }) =>
    rows.flatMap(({ emailAddress }) => {
      const entry = entries.get(emailAddress);
      if (entry === undefined) return [problem(emailAddress, "is held by no on-premises user")];
      return conversionFaults(emailAddress, entry, former.get(entry.dn), cloud.get(emailAddress)).map(
        (fault) => problem(entry.dn, fault),
      );
    }),
  );
}

function conversionFaults(
  address: string,
  { attributes }: Entry,
  former: Entry | undefined,
  cloud: Mailbox | undefined,
): string[] {
  const values = (name: string) => attributes[name] ?? [];
  const proxies = values("proxyAddresses").map((proxy) => proxy.toLowerCase());
  const kept = [
    ...(former?.attributes["proxyAddresses"] ?? []),
    ...(former?.attributes["legacyExchangeDN"] ?? []).map((dn) => `x500:${dn}`),
    `x500:${cloud?.legacyExchangeDN ?? "none"}`,
  ];
  const local = address.slice(0, address.lastIndexOf("@"));
  return [
    ...mailboxOnly.filter((name) => values(name).length > 0).map((name) => `still has ${name}`),
    ...kept
      .filter((proxy) => !proxies.includes(proxy.toLowerCase()))
      .map((proxy) => `lacks the address ${proxy}`),
    ...(new Set(proxies).size === proxies.length ? [] : ["has an address twice"]),
    ...(values("proxyAddresses").filter((proxy) => proxy.startsWith("SMTP:")).length === 1
      ? []
      : ["does not have exactly one primary address"]),
    ...(isRoutingAddress(values("targetAddress").join(), local)
      ? []
      : ["is not forwarded to its cloud mailbox by targetAddress"]),
    ...(values("msExchRecipientTypeDetails").join() === "128"
      ? []
      : ["is no mail user by its recipient type"]),
    ...(values("msExchMailboxGuid").join() === octets(cloud?.exchangeGuid)
      ? []
      : ["has another GUID than the cloud mailbox"]),
  ];
}

/** The primary addresses of an entry: normally one. */
function primaries({ attributes }: Entry): string[] {
  return (attributes["proxyAddresses"] ?? [])
    .filter((proxy) => proxy.startsWith("SMTP:"))
    .map((proxy) => proxy.slice(5).toLowerCase());
}

/** A GUID's text as Active Directory stores it, in base64: the first three groups backwards (MS-DTYP 2.3.4.2). */
function octets(guid: string | undefined): string | undefined {
  if (guid === undefined) return undefined;
  const swapped = guid
    .split("-")
    .map((group, index) => (index < 3 ? (group.match(/../g) ?? []).reverse().join("") : group));
  return Buffer.from(swapped.join(""), "hex").toString("base64");
}

/** DNS is asked, not the lab's own account of it. */
async function dnsProblems({ plan, lab }: DemoProject, before: LabState): Promise<Problem[]> {
  const { domain } = plan;
  const at = { zone: domain, nameServers: [lab.addresses.dns], resolvers: [lab.addresses.resolver] };
  const [mx, txt, autodiscover] = await Promise.all([
    readRecordSet({ ...at, name: domain, type: "MX" }),
    readRecordSet({ ...at, name: domain, type: "TXT" }),
    readRecordSet({ ...at, name: `autodiscover.${domain}`, type: "CNAME" }),
  ]);
  const formerTtl = mxIn(before, domain)?.ttl;
  const spf = before.zone.find(({ name, type }) => name === domain && type === "TXT")?.values ?? [];
  return [
    ...(mx?.values.join() === `0 ${domain.replaceAll(".", "-")}.mail.protection.outlook.com`
      ? []
      : [problem(`MX ${domain}`, `is ${mx?.values.join(", ") ?? "gone"}, not the tenant's`)]),
    ...(mx?.ttl === formerTtl
      ? []
      : [problem(`MX ${domain}`, `has TTL ${mx?.ttl}, not ${formerTtl} as before`)]),
    ...spf
      .filter((value) => !txt?.values.includes(value))
      .map((value) => problem(`TXT ${domain}`, `lost "${value}"`)),
    ...(autodiscover?.values.join() === "autodiscover.outlook.com"
      ? []
      : [problem(`autodiscover.${domain}`, "does not point at Microsoft 365")]),
  ];
}

/** No secret of the lab or of the lists is in the state file, in clear or in base64. */
async function secretProblems({ lab, project, files, stateText }: DemoProject): Promise<Problem[]> {
  const state = await stateText();
  const ofLab = Object.entries(lab.environment).filter(([name]) => isSecretVariable(name));
  const ofLists: [string, string][] = [];
  for (const { path } of files) {
    const text = await readFile(`${project.folder}/${path}`, "utf8");
    for (const [line, row] of text.split("\n").entries()) {
      const password = /^[^,]+,("?)(.+)\1,(True|False)\r?$/.exec(row)?.[2];
      if (password !== undefined) ofLists.push([`the password of ${path}:${line + 1}`, password]);
    }
  }
  return [...ofLab, ...ofLists].flatMap(([name, secret]) =>
    [secret, Buffer.from(secret).toString("base64")].some((form) => state.includes(form))
      ? [problem(name, "stands in the state file in clear")]
      : [],
  );
}

/** Whether a targetAddress is that of a local part in the tenant's first domain. */
function isRoutingAddress(target: string, local: string): boolean {
  const [, of, at] = /^smtp:(.*)@([^@]+)$/i.exec(target) ?? [];
  return of?.toLowerCase() === local.toLowerCase() && /\.onmicrosoft\.com$/i.test(at ?? "");
}
