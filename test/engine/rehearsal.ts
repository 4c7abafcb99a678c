import { parseMailboxFile } from "../../src/csv/index.js";
import type { RecordSet } from "../../src/dns/index.js";
import {
  type Lab,
  type LabOptions,
  type LabPorts,
  startLab,
  type World,
  worldFromPlan,
} from "../../src/lab/index.js";
import { type PlanInput, parsePlan, type StageName, stages } from "../../src/plan/index.js";
import { judge, type NamedAlarm } from "./judge.js";
import { type Run, Stack } from "./stack.js";

/** A stack of its own against a lab of its own: the plan is changed as a pull request would, and applied by the real engine. */
export interface Rehearsal {
  readonly lab: Lab;
  /** What the lab is made of. */
  readonly world: World;
  readonly stack: Stack;
  /** The plan as it was last written, before the lab's addresses. */
  readonly plan: PlanInput;
  /** Writes the plan with a change. */
  change(edit: (plan: PlanInput) => PlanInput): Promise<void>;
  /** Moves the plan to a stage. */
  stage(name: StageName): Promise<void>;
  /** Brings the stack to a stage, one at a time, with the clock moved past every wait. Fails when a step fails. */
  reach(name: StageName): Promise<void>;
  /** `pulumi up`, which must succeed. */
  up(options?: { readonly skipPreview?: boolean }): Promise<Run>;
  /** Names the alarms of the lab that the test brings about on purpose: after every test there must be no others. */
  expectAlarms(alarms: readonly NamedAlarm[]): void;
  close(): Promise<void>;
}

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
  batches: [
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

/** Everything a rehearsal can be given otherwise. */
export interface RehearsalOptions {
  readonly plan?: PlanInput;
  readonly files?: Readonly<Record<string, string>>;
  readonly main?: string;
  /** Where the zone is said to be hosted; its Pulumi plugin is then the lab's stand-in. @default rfc2136 */
  readonly dnsHost?: LabOptions["dnsHost"];
  /** The zone before the migration. @default one MX, SPF and a web host */
  readonly zone?: readonly RecordSet[];
  /** Where the lab keeps its state, so that it can be put back. @default in memory */
  readonly stateFile?: string;
  /** The lab's ports. @default any that are free */
  readonly ports?: LabPorts;
  /** The lab's mailboxes, where they are more than the CSVs list. */
  readonly extraMailboxes?: readonly string[];
  /** What the plan's account may write in the directory. @default everything */
  readonly directoryRights?: World["directory"]["rights"];
  /** The world otherwise than the plan and the lists have it. */
  readonly world?: (planned: World) => World;
  /** Added to the environment of every command. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts a lab and a stack.
 * @param running the lab as it runs now, where it is replaced by others; absent: the one that is started
 */
export async function rehearse(
  options: RehearsalOptions = {},
  running?: () => Lab | undefined,
): Promise<Rehearsal> {
  let plan = options.plan ?? smallPlan;
  const files = options.files ?? smallFiles;
  const parsed = parsePlan(plan);
  const lists = parsed.batches.map(({ name, csv }) => {
    const { file, problems } = parseMailboxFile(Buffer.from(files[csv] ?? ""), csv, {
      batch: name,
      domain: parsed.domain,
      signOn: parsed.signOn,
    });
    if (file === undefined) throw new Error(problems.map((problem) => problem.reason).join("\n"));
    return file;
  });
  const planned = (options.world ?? ((same: World) => same))(worldFromPlan(parsed, lists, options.zone));
  const planted = plantedPasswords(Object.values(files));
  const world = {
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
  const lab = await startLab({
    world,
    ...(options.dnsHost === undefined ? {} : { dnsHost: options.dnsHost }),
    ...(options.stateFile === undefined ? {} : { stateFile: options.stateFile }),
    ...(options.ports === undefined ? {} : { ports: options.ports }),
  });
  const judged = judge(() => running?.() ?? lab);
  const passwords = [...planted.values()];
  const stack = await Stack.create({
    plan: lab.planOverrides(plan),
    files,
    secrets: {
      ...Object.fromEntries(
        Object.entries(lab.environment).filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name)),
      ),
      ...Object.fromEntries([...new Set(passwords)].slice(0, 3).map((one) => ["a list's password", one])),
    },
    environment: {
      ...lab.environment,
      MAILSTAGE_RETRY_BASE_MS: "50",
      ...options.environment,
    },
    ...(options.main === undefined ? {} : { main: options.main }),
  });

  const change = async (edit: (before: PlanInput) => PlanInput) => {
    plan = edit(plan);
    await stack.plan(lab.planOverrides(plan));
  };
  const stage = (name: StageName) => change((before) => ({ ...before, stage: name }));
  let reached = -1;
  const up = async (options: { readonly skipPreview?: boolean } = {}) => {
    const run = await stack.up(options);
    reached = stages.indexOf(plan.stage);
    if (run.code !== 0) throw new Error(`pulumi up failed at stage ${plan.stage}:\n${run.errors}`);
    return run;
  };
  const converted = () =>
    change((before) => ({
      ...before,
      batches: before.batches.map((batch) => ({ ...batch, phase: "converted" as const })),
    }));
  const hours = (count: number) => lab.advance(count * 3600);
  const steps: Record<StageName, () => Promise<unknown>> = {
    prepare: () => up(),
    verify: async () => {
      await up();
      await lab.advance(16 * 60);
      await up();
    },
    connect: async () => {
      // Exchange takes a while to accept a domain that has just been verified.
      await lab.advance(300);
      await up();
    },
    migrate: async () => {
      await up();
      await hours(48);
      await converted();
      await up();
    },
    route: async () => {
      await hours(25);
      await up();
    },
    retire: async () => {
      await hours(73);
      await up();
    },
    complete: () => up(),
  };
  return {
    lab,
    world,
    stack,
    get plan() {
      return plan;
    },
    change,
    stage,
    up,
    async reach(name) {
      for (const next of stages.slice(reached + 1, stages.indexOf(name) + 1)) {
        await stage(next);
        await steps[next]();
        reached = stages.indexOf(next);
      }
    },
    expectAlarms: judged.expectAlarms,
    async close() {
      try {
        await judged.verdict();
        expect(stack.leaks).toEqual([]);
      } finally {
        judged.dismiss();
        await stack.dispose();
        await lab.close();
      }
    },
  };
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
