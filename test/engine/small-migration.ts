import { type World, worldFromPlan } from "../../lab/index.js";
import type { RecordSet } from "../../src/dns/index.js";
import { parseMailboxFile } from "../../src/plan/csv/index.js";
import { type PlanInput, parsePlan } from "../../src/plan/index.js";

/** A CSV with these local parts. */
export function mailboxes(locals: readonly string[], domain = "contoso.com"): string {
  return ["EmailAddress", ...locals.map((local) => `${local}@${domain}`)].join("\n");
}

/** A small plan: two waves of a few mailboxes, RFC 2136, licences by user. */
export const smallPlan: PlanInput = {
  stage: "prepare",
  domain: "contoso.com",
  tenant: { id: "0a1b2c3d-1111-4222-8333-444455556666" },
  dns: { host: "rfc2136", server: "127.0.0.1", key: { name: "mailstage" } },
  source: {
    testMailbox: "pilarp@contoso.com",
    account: "CONTOSO\\migadmin",
    exchangeServer: "exch01.corp.contoso.com",
    rpcProxyServer: "mail.contoso.com",
  },
  directory: {
    url: "ldaps://dc1.corp.contoso.com",
    baseDn: "DC=corp,DC=contoso,DC=com",
    bindDn: "CN=mailstage,CN=Users,DC=corp,DC=contoso,DC=com",
  },
  waves: [
    { name: "wave1", csv: "mailboxes/wave1.csv", phase: "started" },
    { name: "wave2", csv: "mailboxes/wave2.csv", phase: "started" },
  ],
  licenses: { sku: "ENTERPRISEPACK", usageLocation: "US" },
};

/** The CSVs of `smallPlan`. */
export const smallFiles: Readonly<Record<string, string>> = {
  "mailboxes/wave1.csv":
    "EmailAddress,Password,ForceChangePassword\npilarp@contoso.com,Pl4nted-P4ssw0rd!,False\ntobyn@contoso.com,Pl4nted-P4ssw0rd!,False\nbriant@contoso.com,Pl4nted-P4ssw0rd!,True\n",
  "mailboxes/wave2.csv": mailboxes(["anna", "bert", "carla", "dieter", "eva"]),
};

/** What a world can be given otherwise than the plan and the lists have it. */
export interface WorldOptions {
  /** The zone before the migration. @default one MX, SPF and a web host */
  readonly zone?: readonly RecordSet[];
  /** The lab's mailboxes, where they are more than the CSVs list. */
  readonly extraMailboxes?: readonly string[];
  /** What the plan's account may write in the directory. @default everything */
  readonly directoryRights?: World["directory"]["rights"];
  /** The world otherwise than the plan and the lists have it. */
  readonly world?: (planned: World) => World;
}

/** The world that a plan and its lists tell of, and the passwords that these give. */
export function plannedWorld(
  plan: PlanInput,
  files: Readonly<Record<string, string>>,
  options: WorldOptions = {},
): { readonly world: World; readonly planted: ReadonlyMap<string, string> } {
  const parsed = parsePlan(plan);
  const lists = parsed.waves.map(({ name, csv }) => {
    const { file, problems } = parseMailboxFile(Buffer.from(files[csv] ?? ""), csv, {
      wave: name,
      domain: parsed.domain,
      signOn: parsed.signOn,
    });
    if (file === undefined) throw new Error(problems.map((problem) => problem.reason).join("\n"));
    return file;
  });
  const planned = (options.world ?? ((same: World) => same))(worldFromPlan(parsed, lists, options.zone));
  const planted = plantedPasswords(Object.values(files));
  const world: World = {
    ...planned,
    directory: { ...planned.directory, rights: options.directoryRights ?? "admin" },
    mailboxes: [
      ...planned.mailboxes.map((mailbox) => {
        const password = planted.get(mailbox.emailAddress);
        return password === undefined ? mailbox : { ...mailbox, password };
      }),
      ...(options.extraMailboxes ?? []).map((emailAddress) => ({ emailAddress })),
    ],
  };
  return { world, planted };
}

/** The passwords that lists of the plain form give, read without the program's help. */
function plantedPasswords(lists: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const list of lists) {
    const [header = "", ...rows] = list.split(/\r?\n/);
    if (header.split(",")[1] !== "Password") continue;
    for (const row of rows) {
      const [address = "", password = ""] = row.split(",");
      if (password !== "") found.set(address.toLowerCase(), password);
    }
  }
  return found;
}
