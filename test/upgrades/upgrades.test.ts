import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { RecordSet } from "../../src/dns/index.js";
import { type PlanInput, type StageName, stages } from "../../src/plan/index.js";
import { smallPlan } from "../engine/small-migration.js";
import type { Resource } from "../in-process/resource.js";
import { begin, domainStack, end, type Kind, keep, kinds, type Migration, takeOut } from "./fixture.js";

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(resolve(__dirname, "../../package.json"), "utf8")));

/**
 * At which stages each migration is kept: the whole way at one host, what DNS is changed by at the others, what stacks tell each other
 * where they are several.
 */
const kept: Readonly<Record<Kind, readonly StageName[]>> = {
  rfc2136: ["prepare", "verify", "connect", "migrate", "route", "retire", "complete"],
  cloudflare: ["prepare", "verify", "migrate", "route", "complete"],
  azure: ["prepare", "verify", "migrate", "route", "complete"],
  manual: ["prepare", "verify", "migrate", "route", "complete"],
  split: ["connect", "migrate", "route", "retire", "complete"],
};

const planOf = (kind: Kind): PlanInput => ({
  ...smallPlan,
  spf: "add",
  ...(kind === "manual" && { dns: { host: "manual" } }),
  ...(kind === "split" && {
    domainStack,
    waves: smallPlan.waves.map((batch) => (batch.name === "wave2" ? { ...batch, stack: "waves" } : batch)),
  }),
});

const zone = [
  { name: "contoso.com", type: "MX", ttl: 86_400, values: ["10 mail.contoso.com", "20 backup.contoso.net"] },
  { name: "contoso.com", type: "TXT", ttl: 43_200, values: ["v=spf1 mx -all", "some-verification=abc"] },
  { name: "mail.contoso.com", type: "A", ttl: 86_400, values: ["192.0.2.10"] },
  { name: "autodiscover.contoso.com", type: "A", ttl: 7200, values: ["192.0.2.11", "192.0.2.12"] },
] satisfies RecordSet[];

const folderOf = (release: string) => join(__dirname, release);
const fileOf = (release: string, kind: Kind, stage: StageName) =>
  join(folderOf(release), `${kind}-${stage}.json.gz`);

const stageOf = ({ stack }: Migration): Resource => {
  const found = stack.first.snapshot.resources.find(({ type }) => type.endsWith("mailstage:Stage"));
  if (found === undefined) throw new Error("the state has no stage");
  return found;
};

/** Goes on until nothing is left to do at this stage: an observation may come a moment too early. */
async function settle({ rehearsal, stack }: Migration): Promise<void> {
  for (let tries = 0; tries < 5 && (await stack.preview()).changes.length > 0; tries++) {
    await rehearsal.lab.advance(600);
    await rehearsal.up();
  }
  expect((await stack.preview()).changes).toEqual([]);
}

/** Writes what this release leaves, in place of what was kept of it before (CONTRIBUTING.md). */
function write(): void {
  describe(`the states that ${version} writes are kept`, () => {
    test.each(kinds)(
      "%s",
      async (kind) => {
        for (const stage of kept[kind]) await rm(fileOf(version, kind, stage), { force: true });
        const migration = await begin(kind, { plan: planOf(kind), zone });
        try {
          for (const stage of stages) {
            await migration.rehearsal.reach(stage);
            await settle(migration);
            if (kept[kind].includes(stage)) await keep(migration, fileOf(version, kind, stage));
          }
        } finally {
          await end(migration);
        }
      },
      300_000,
    );
  });
}

/** Reads what every release has left. */
function read(): void {
  const releases = readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  test("the release in hand has kept its states", () => {
    for (const kind of kinds)
      for (const stage of kept[kind]) expect(existsSync(fileOf(version, kind, stage))).toBe(true);
  });

  describe.each(releases)("a state that %s has written", (release) => {
    const files = readdirSync(folderOf(release)).sort();

    test.each(files)(
      "reads as unchanged, in a preview and an update: %s",
      async (file) => {
        const migration = await takeOut(join(folderOf(release), file));
        try {
          const { stack } = migration;
          const preview = await stack.preview();
          expect(preview).toMatchObject({ code: 0, errors: "" });
          expect(preview.changes.map(({ op, name }) => `${op} ${name}`)).toEqual([]);
          const update = await stack.up();
          expect(update).toMatchObject({ code: 0, errors: "" });
          expect(update.changes.map(({ op, name }) => `${op} ${name}`)).toEqual([]);
        } finally {
          await end(migration);
        }
      },
      60_000,
    );
  });

  describe("a state that a newer mailstage has written", () => {
    let migration: Migration;
    beforeAll(async () => {
      migration = await takeOut(fileOf(version, "rfc2136", "migrate"));
      const { inputs, outputs } = stageOf(migration);
      // What else is new in it is not known here.
      for (const properties of [inputs, outputs])
        Object.assign(properties, { format: "9.10.0", stage: "archive", phases: "elsewhere" });
    });
    afterAll(() => end(migration));

    const words =
      /the stack's state: was written by mailstage 9\.10\.0 or newer, and this one knows its form up to 0\.1\.0 only\. Install mailstage 9\.10\.0 or newer/;

    test.each(["preview", "up", "refresh"] as const)("is refused by %s with words", async (command) => {
      const run = await migration.stack[command]();
      expect(run.code).not.toBe(0);
      expect(run.errors).toMatch(words);
      expect(run.changes).toEqual([]);
      // A refresh reads the others meanwhile; the mark stays whatever is done.
      expect(stageOf(migration).inputs["format"]).toBe("9.10.0");
    });
  });

  test("a state of an older form is taken over with one line that says so", async () => {
    const migration = await takeOut(fileOf(version, "rfc2136", "migrate"));
    try {
      for (const properties of [stageOf(migration).inputs, stageOf(migration).outputs])
        Object.assign(properties, { format: "0.0.9" });
      const preview = await migration.stack.preview();
      expect(preview.changes.map(({ op, name }) => `${op} ${name}`)).toEqual(["update stage"]);
      const said = preview.diagnostics.map(({ message }) => message.trim());
      expect(said).toContain(
        "the state goes from the form of mailstage 0.0.9 to that of 0.1.0; an older mailstage will refuse it then",
      );
      await migration.stack.up();
      expect((await migration.stack.preview()).changes).toEqual([]);
    } finally {
      await end(migration);
    }
  }, 60_000);
}

if (process.env["MAILSTAGE_WRITE_UPGRADES"] === "1") write();
else read();
