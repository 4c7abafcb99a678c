import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { createAuthority, exportAuthority } from "../../lab/certificates.js";
import { type PlanInput, planSchema } from "../../src/plan/index.js";
import { type Rehearsal, type RehearsalOptions, rehearse, smallPlan } from "../engine/rehearsal.js";
import { exportSnapshot, importSnapshot } from "../in-process/exported.js";
import type { Snapshot } from "../in-process/resource.js";
import { InProcessStack } from "../in-process/stack.js";
import { freePorts } from "../servers/free-ports.js";
import { withDigestsOf } from "./digests.js";
import { Together } from "./together.js";

/** Where the zone of a kept migration is; one is of several stacks. */
export const kinds = ["rfc2136", "cloudflare", "azure", "manual", "split"] as const;
export type Kind = (typeof kinds)[number];

/** A migration as one release left it: the state, and the world that belongs to it. */
const fixtureSchema = z.object({
  dnsHost: z.enum(kinds),
  /** Without the lab's addresses. */
  plan: z.custom<PlanInput>((value) => planSchema.safeParse(value).success),
  /** What stood in the project's folder: lists, snapshots, reports. */
  files: z.record(z.string(), z.string()),
  /** The lab's time when it was kept. */
  now: z.iso.datetime(),
  /** The lab's state file. Its authority and clock are made anew. */
  lab: z.looseObject({ ports: z.record(z.string(), z.number()) }),
  /** As `pulumi stack export --show-secrets` prints it. */
  state: z.unknown(),
  /** Those of the other stacks, by their names. */
  others: z.record(z.string(), z.unknown()).default({}),
});

/** A migration in the engine inside this process, whose lab can be put away and taken out again. */
export interface Migration {
  readonly kind: Kind;
  readonly rehearsal: Rehearsal;
  readonly stack: Together;
  /** Folder of the lab's state file. */
  readonly folder: string;
}

/** The state of one stack, the first's by default, as it would be in a folder and with a plan that has the lab's addresses. */
type StateIn = (folder: string, plan: PlanInput, stack?: string) => Snapshot;

/** Begins one, or goes on where `from` left it. */
export async function begin(
  kind: Kind,
  options: Pick<RehearsalOptions, "plan" | "files" | "zone" | "ports">,
  from?: { readonly stateIn: StateIn; readonly labText: string },
): Promise<Migration> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-upgrade-"));
  const stateFile = join(folder, "lab.json");
  if (from !== undefined) await writeFile(stateFile, from.labText);
  let stack: Together | undefined;
  const rehearsal = await rehearse({
    ...options,
    stateFile,
    ...((kind === "cloudflare" || kind === "azure") && { dnsHost: kind }),
    createStack: async (given, lab) => {
      const all: InProcessStack[] = [];
      const own = { ...given, others: () => all };
      const plan = lab.planOverrides(options.plan ?? smallPlan);
      const first = await InProcessStack.against(() => lab, { ...own, name: domainStack });
      if (from !== undefined) first.load(from.stateIn(first.folder, plan));
      all.push(first);
      for (const name of otherStacks(options.plan)) {
        const other = await InProcessStack.against(() => lab, { ...own, name, folder: first.folder });
        if (from !== undefined) other.load(from.stateIn(first.folder, plan, name));
        all.push(other);
      }
      stack = new Together(first, all.slice(1), lab, kind === "manual");
      await stack.plan(given.plan);
      return stack;
    },
  });
  if (stack === undefined) throw new Error("no stack was made");
  return { kind, rehearsal, stack, folder };
}

/** The stack that moves the domain, or all there is. */
export const domainStack = "test";

const otherStacks = (plan: PlanInput | undefined) =>
  new Set((plan?.waves ?? []).flatMap(({ stack }) => stack ?? []));

/** Ends it, and leaves nothing. */
export async function end({ rehearsal, folder }: Migration): Promise<void> {
  await rehearsal.close();
  await rm(folder, { recursive: true });
}

// Addresses of servers and folders are others in every run.
const addressOf = (server: string) => `127.0.0.1:{{${server}}}`;
const folderToken = "{{folder}}";

/** Writes what a migration has come to into a file, and goes on with it. */
export async function keep({ kind, rehearsal, stack, folder }: Migration, file: string): Promise<void> {
  const { lab: running, plan } = rehearsal;
  // The lab writes its state a moment after a change, and later where writing takes long.
  const begun = Date.now();
  await running.advance(1);
  while ((await stat(join(folder, "lab.json"))).mtimeMs <= begun) await sleep(100);
  const lab = fixtureSchema.shape.lab.parse(JSON.parse(await readFile(join(folder, "lab.json"), "utf8")));
  const kept = {
    dnsHost: kind,
    plan,
    files: await textsBelow(stack.folder),
    now: running.clock.now().toISOString(),
    lab: { ...lab, authority: "" },
    state: exportSnapshot(stack.first.snapshot),
    ...(stack.others.length > 0 && {
      others: Object.fromEntries(stack.others.map(({ name, snapshot }) => [name, exportSnapshot(snapshot)])),
    }),
  };
  let text = JSON.stringify(kept).replaceAll(stack.folder, folderToken);
  for (const [server, port] of Object.entries(lab.ports))
    text = text.replaceAll(`127.0.0.1:${port}`, addressOf(server));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await promisify(gzip)(text));
}

/** Takes a migration out of a file: its world is as it was, at the moment it was put away. */
export async function takeOut(file: string): Promise<Migration> {
  let text = (await promisify(gunzip)(await readFile(file))).toString();
  const servers = Object.keys(fixtureSchema.parse(JSON.parse(text)).lab.ports);
  const numbers = await freePorts(servers.length);
  const ports = Object.fromEntries(servers.map((server, index) => [server, numbers[index] ?? 0]));
  for (const [server, port] of Object.entries(ports))
    text = text.replaceAll(addressOf(server), `127.0.0.1:${port}`);
  const { dnsHost, plan, files, now, lab } = fixtureSchema.parse(JSON.parse(text));
  const ahead = new Date(now).getTime() - Date.now();
  // Certificates are judged by the machine's clock and by the lab's.
  const earliest = new Date(Date.now() + Math.min(0, ahead));
  const authority = await exportAuthority(await createAuthority({ now: earliest }));
  const labText = JSON.stringify({ ...lab, ports, authority, clockOffsetMs: ahead });
  const stateIn: StateIn = (folder, own, name) => {
    const digested =
      plan.domainStack === undefined
        ? text
        : withDigestsOf(own, folder, { kept: lab.ports, now: ports })(text);
    const { state, others } = fixtureSchema.parse(JSON.parse(digested.replaceAll(folderToken, folder)));
    return importSnapshot(name === undefined ? state : others[name]);
  };
  return begin(dnsHost, { plan, files, ports }, { stateIn, labText });
}

async function textsBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return Object.fromEntries(
    await Promise.all(
      paths.sort().map(async (path) => [path, await readFile(join(folder, path), "utf8")] as const),
    ),
  );
}
