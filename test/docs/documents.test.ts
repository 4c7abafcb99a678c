import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { gatesOf } from "../../src/migration/gates/index.js";
import { parsePlan, stages } from "../../src/plan/index.js";
import { namedFiles } from "./claims.js";
import {
  brokenLink,
  codeSpans,
  documentAt,
  documents,
  fenced,
  localLinks,
  repository,
  tableRows,
} from "./markdown.js";

const all = documents();
const read = (path: string) => readFileSync(join(repository, path), "utf8");
const sourcesUnder = (...folders: string[]) =>
  folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => read(join(folder, name))),
  );
/** Commands of the documents: shell blocks line by line, and code spans. */
const commandsOf = (path: string) => {
  const document = documentAt(path);
  return [...fenced(document, "sh").flatMap((block) => block.split("\n")), ...codeSpans(document)];
};

test.each(all.map(({ path }) => path))("every link of %s leads somewhere", (path) => {
  const document = documentAt(path);
  expect(localLinks(document).flatMap((target) => brokenLink(document, target) ?? [])).toEqual([]);
});

test.each(all.map(({ path }) => path))("every file that %s names exists", (path) => {
  const missing = namedFiles(read(path)).filter((file) => !existsSync(join(repository, file)));
  expect(missing).toEqual([]);
});

test.each(all.map(({ path }) => path))("every command that %s names exists", (path) => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read("package.json")));
  const own = new Set(
    sourcesUnder("src/cli/commands").flatMap((text) =>
      [...text.matchAll(/\.command\("([a-z-]+)/g)].flatMap(([, name]) => name ?? []),
    ),
  );
  const wrong = commandsOf(path).flatMap((line) => {
    const npm = /\bnpm run (?:--silent )?([\w:-]+)/.exec(line)?.[1];
    const cli = /(?:^|\s|\$ )(?:npx )?mailstage (?:-- )?([a-z][a-z-]*)/.exec(
      line.replace("npm run mailstage --", "mailstage"),
    )?.[1];
    const path = /npm test -- (test\/\S+)/.exec(line)?.[1];
    return [
      ...(npm === undefined || npm in scripts ? [] : [line]),
      ...(cli === undefined || own.has(cli) ? [] : [line]),
      ...(path === undefined || testExists(path) ? [] : [line]),
    ];
  });
  expect(wrong).toEqual([]);
});

/** jest takes a test's path as a pattern: a folder, or the beginning of a file's name. */
function testExists(path: string): boolean {
  return existsSync(join(repository, path)) || existsSync(join(repository, `${path}.test.ts`));
}

test("every plan shown is a plan", () => {
  const plans = all.flatMap((document) =>
    fenced(document, "yaml").flatMap((block) => {
      const config = z.object({ config: z.looseObject({}) }).safeParse(parse(block)).data?.config;
      const plan = config?.["mailstage:plan"];
      // In Pulumi.yaml, for all stacks of a project, it stands under value.
      const shared = z.strictObject({ value: z.unknown() }).safeParse(plan).data;
      return plan === undefined ? [] : [shared === undefined ? plan : shared.value];
    }),
  );
  expect(plans.length).toBeGreaterThan(1);
  for (const plan of plans) expect(() => parsePlan(plan)).not.toThrow();
});

test("the table of docs/stages.md has every stage with its gates, in order", () => {
  const rows = tableRows(read("docs/stages.md")).filter(([first = ""]) =>
    stages.some((stage) => first === `\`${stage}\``),
  );
  expect(rows.map(([stage]) => stage?.replaceAll("`", ""))).toEqual([...stages]);
  for (const [stage = "", , gates = ""] of rows)
    expect([...gates.matchAll(/`([^`]+)`/g)].map(([, gate]) => gate).sort()).toEqual(
      stages.flatMap((name) => (stage === `\`${name}\`` ? gatesOf(name) : [])).sort(),
    );
});

test("docs/stages.md has a section for every stage", () => {
  const { text } = documentAt("docs/stages.md");
  expect(
    [...text.matchAll(/^## (\w+)$/gm)].flatMap(([, name = ""]) =>
      stages.filter((stage) => stage === name.toLowerCase()),
    ),
  ).toEqual([...stages]);
});

test("docs/tenant-setup.md names every variable and secret that the program reads, and no other", () => {
  const program = sourcesUnder("src", "providers", "stacks").join("\n");
  const variables = new Set(
    program.match(
      /(?<=")(?:MAILSTAGE|AZURE|CLOUDFLARE|ARM)_[A-Z_]+(?=")|(?<=process\.env\.)(?:MAILSTAGE|AZURE|CLOUDFLARE|ARM)_[A-Z_]+/g,
    ),
  );
  const { text } = documentAt("docs/tenant-setup.md");
  expect([...variables].filter((name) => !text.includes(`\`${name}\``)).sort()).toEqual([]);
  const named = all.flatMap(({ text: other }) => other.match(/\bMAILSTAGE_[A-Z_]+\b/g) ?? []);
  const sources = `${program}\n${sourcesUnder("scripts", "test").join("\n")}`;
  expect([...new Set(named)].filter((name) => !sources.includes(name))).toEqual([]);
});

test("docs/architecture.md names every kind of resource", () => {
  const { text } = documentAt("docs/architecture.md");
  const kinds = [...read("providers/index.ts").matchAll(/ as (\w+) \}/g)].flatMap(([, kind]) => kind ?? []);
  expect(kinds.length).toBeGreaterThan(10);
  expect(kinds.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([]);
});
