import { resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { type Lab, startLab, worldFromPlan } from "../lab/index.js";
import { readMailboxFiles } from "../src/plan/csv/index.js";
import { type PlanInput, parsePlan, type StageName } from "../src/plan/index.js";
import { type Project, project } from "./engine.js";

/** A migration of many mailboxes against a lab, as far as a measurement needs it. */
export interface Migration {
  readonly lab: Lab;
  readonly project: Project;
  /** The plan, before the lab's addresses. */
  readonly plan: PlanInput;
  /** Wall seconds and peak memory of one `pulumi up --skip-preview` at a stage; with its preview where nothing is measured. */
  up(stage: StageName, previewed?: "previewed"): Promise<{ seconds: number; peakMb: number }>;
  close(): Promise<void>;
}

const domain = "contoso.com";
const stackFile = z.looseObject({ encryptionsalt: z.string().optional() });

/** Equally long whatever the size of the migration, so that sizes can be compared. */
const address = (wave: number, row: number) => `user${wave}x${String(row).padStart(5, "0")}@${domain}`;

/** The CSV of one wave. */
export function waveCsv(wave: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => address(wave, row));
  return ["EmailAddress", ...lines].join("\n");
}

/** The plan that is measured, with that many waves. */
export function benchPlan(waves: number): PlanInput {
  return {
    stage: "prepare",
    domain,
    tenant: { id: "0a1b2c3d-1111-4222-8333-444455556666" },
    dns: { host: "rfc2136", server: "127.0.0.1", key: { name: "mailstage" } },
    source: {
      testMailbox: address(0, 0),
      account: "CONTOSO\\migadmin",
      exchangeServer: "exch01.corp.contoso.com",
      rpcProxyServer: "mail.contoso.com",
    },
    directory: {
      url: "ldaps://dc1.corp.contoso.com",
      baseDn: "DC=corp,DC=contoso,DC=com",
      bindDn: "CN=mailstage,CN=Users,DC=corp,DC=contoso,DC=com",
    },
    waves: Array.from({ length: waves }, (_, wave) => ({
      name: `wave${wave}`,
      csv: `mailboxes/wave${wave}.csv`,
      phase: "started" as const,
    })),
    licenses: { sku: "ENTERPRISEPACK", usageLocation: "US" },
    waive: [
      { gate: "preflight", reason: "the bench measures the migration, not the preflight" },
      { gate: "permissions", reason: "the bench measures the migration, not the preflight" },
      { gate: "unified-messaging", reason: "the bench measures the migration, not the preflight" },
    ],
  };
}

/** Starts a lab with that many mailboxes in equal waves, and a stack against it. */
export async function migration(mailboxes: number, waves: number, latencyMs: number): Promise<Migration> {
  const plan = benchPlan(waves);
  const scratch = project(resolve("dist/stacks/index.js"));
  for (let wave = 0; wave < waves; wave += 1)
    scratch.write(`mailboxes/wave${wave}.csv`, waveCsv(wave, mailboxes / waves));
  const parsed = parsePlan(plan);
  const files = readMailboxFiles(scratch.folder, parsed);
  const lab = await startLab({ world: worldFromPlan(parsed, files), latencyMs });
  const environment = { ...lab.environment, MAILSTAGE_RETRY_BASE_MS: "100" };
  Object.assign(process.env, environment);
  const stack = project(resolve("dist/stacks/index.js"), environment);
  for (let wave = 0; wave < waves; wave += 1)
    stack.write(`mailboxes/wave${wave}.csv`, waveCsv(wave, mailboxes / waves));
  scratch.remove();
  return {
    lab,
    plan,
    project: stack,
    async up(stage, previewed) {
      // The salt that Pulumi keeps beside the plan stays, as with a user: else each run derives two keys from the passphrase.
      const { encryptionsalt } = stackFile.parse(parse(stack.read("Pulumi.bench.yaml")));
      stack.write(
        "Pulumi.bench.yaml",
        stringify({ encryptionsalt, config: { "mailstage:plan": lab.planOverrides({ ...plan, stage }) } }),
      );
      return stack.measure("up", "--yes", ...(previewed === undefined ? ["--skip-preview"] : []));
    },
    async close() {
      stack.remove();
      await lab.close();
    },
  };
}

/** Brings a migration to the threshold of `migrate`, as a user does: each stage with its preview. */
export async function connect(subject: Migration): Promise<void> {
  await subject.up("prepare", "previewed");
  await subject.up("verify", "previewed");
  await subject.lab.advance(16 * 60);
  await subject.up("verify", "previewed");
  // Exchange takes a while to accept a domain that has just been verified.
  await subject.lab.advance(300);
  await subject.up("connect", "previewed");
}
