import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle, bundleWalk } from "./bundle.mjs";
import { nodeBinary } from "./packages.mjs";
import { root, SetupError } from "./run.mjs";

const folder = join(root, "test/walk/faults");
const table = join(root, "docs/random-migrations.md");
const marks = ["<!-- faults: written by npm run walk -- --faults --write -->", "<!-- end of faults -->"];
/** What is copied before a patch is applied: all that the program and the walk are bundled from. */
const copied = [
  "src",
  "lab",
  "providers",
  "stacks",
  "policy",
  "test",
  "docs",
  "package.json",
  "tsconfig.json",
];

/**
 * The faults that are kept: `A1-vanished-batch.patch` is A1. Before the patch itself each file says what it puts back.
 * @returns {{ id: string, name: string, file: string, what: string }[]}
 */
function faults() {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".patch"))
    .map((name) => {
      const file = join(folder, name);
      const [id = "", ...words] = name.slice(0, -".patch".length).split("-");
      const before = readFileSync(file, "utf8").split(/^(?:diff --git|--- )/m)[0] ?? "";
      return {
        id,
        name: words.join("-"),
        file,
        what: before.trim().split(/\n\n/)[0]?.replace(/\s+/g, " ") ?? "",
      };
    })
    .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }) || a.name.localeCompare(b.name));
}

/** Runs a program with its output taken; its standard error stays ours unless it is asked for. */
function take(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Does `work` in a copy of the tree, which is removed afterwards. The tree itself is never touched. */
async function inCopy(work) {
  const copy = mkdtempSync(join(tmpdir(), "mailstage-fault-"));
  try {
    for (const name of copied) cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    return await work(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function seek(tree, args, env) {
  const seeker = join(tree, ".mailstage/walk/seek.cjs");
  const { code, stdout, stderr } = await take(nodeBinary, ["--max-semi-space-size=64", seeker, ...args], {
    env,
  });
  if (code !== 0) throw new SetupError(`the walks broke off: ${stderr.trim()}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
}

/** The walk that has found a fault, kept beside its patch. */
const keptWalk = ({ file }) => file.replace(/\.patch$/, ".json");

/** Puts one fault back in a copy of the tree, and walks there until it is found, or does the walk alone that is kept with it. */
async function seekFault(fault, { walks, from, kept }, env) {
  const file = keptWalk(fault);
  if (kept && !existsSync(file)) return { ...fault, reason: "no walk is kept with it" };
  return inCopy(async (copy) => {
    const { code, stderr } = await take("git", ["apply", fault.file], { cwd: copy });
    if (code !== 0) return { ...fault, reason: `the patch no longer applies: ${stderr.trim()}` };
    await bundle(copy);
    await bundleWalk("faults/seek", copy);
    const [first, all] = [Number(from), kept ? 1 : Number(walks)];
    let reason = `not found in ${all} walks`;
    for (let tried = 0; tried < all; ) {
      const seeds = ["--walks", `${all - tried}`, "--from", `${first + tried}`];
      const found = await seek(copy, kept ? ["--kept", file] : seeds, env);
      tried += found.walks;
      if (found.failure === undefined) break;
      // Without the fault the same commands do no harm: it was the fault that was seen. Otherwise the next seeds may show it.
      const again = join(copy, "found.json");
      writeFileSync(again, found.kept);
      const sound = await seek(root, ["--kept", again], env);
      if (sound.failure === undefined) return { ...fault, found: { ...found, walks: tried } };
      reason = `not found in ${tried} walks, of which one fails without it as well: ${sound.failure}; ${found.typed.join("; ")}`;
    }
    return { ...fault, reason };
  });
}

/**
 * Puts the faults back one at a time, and has the walks find them: `npm run walk -- --faults [id…]`. Resolves to the exit code: 1
 * when one was missed. `--walks` and `--from` say how many seeds are tried and where they begin, `--kept` does the walk alone that
 * is kept with each, `--write` writes the table and these walks.
 */
export async function seekFaults(args, env) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      walks: { type: "string", default: "300" },
      from: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
      kept: { type: "boolean", default: false },
      jobs: { type: "string", default: `${availableParallelism()}` },
    },
  });
  const all = faults();
  const unknown = positionals.filter((id) => !all.some((fault) => fault.id === id));
  if (unknown.length > 0)
    throw new SetupError(
      `there is no fault ${unknown.join(", ")}; there are ${all.map(({ id }) => id).join(", ")}`,
    );
  const wanted = positionals.length === 0 ? all : all.filter(({ id }) => positionals.includes(id));
  await bundleWalk("faults/seek");
  const waiting = [...wanted];
  const results = [];
  const work = async () => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const result = await seekFault(fault, values, env);
      results.push(result);
      process.stdout.write(`${line(result)}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  const missed = results.filter(({ found }) => found === undefined);
  if (values.write) write(results, values.kept);
  process.stdout.write(`${results.length - missed.length} of ${results.length} faults found\n`);
  return missed.length === 0 ? 0 : 1;
}

function line({ id, name, found, reason }) {
  const title = `${id} ${name.replaceAll("-", " ")}`;
  if (found === undefined) return `${title}: MISSED: ${reason}`;
  const typed = found.typed.map((command) => `\n    ${command}`).join("");
  return `${title}: found after ${found.walks} walks by ${found.failure.split("\n")[0]}${typed}`;
}

/** The rows of the table that stand in the document, by id. */
function writtenRows() {
  const [, section = ""] = readFileSync(table, "utf8").split(marks[0]);
  const lines = (section.split(marks[1])[0] ?? "").split("\n").filter((text) => text.startsWith("| "));
  return new Map(lines.slice(2).map((text) => [text.split("|")[1]?.trim() ?? "", text]));
}

/**
 * Keeps the walks, and writes what was found into the table. Rows of faults that were not sought stay as they are, and so does the
 * row of one that drawn walks have found, when now the kept walk alone was done.
 */
function write(results, kept) {
  const rows = writtenRows();
  for (const result of results) {
    if (result.found !== undefined) writeFileSync(keptWalk(result), result.found.kept);
    const before = rows.get(result.id)?.split("|")[3]?.trim() ?? "";
    if (!kept || !/^\d/.test(before)) rows.set(result.id, rowOf(result, kept));
  }
  const known = faults().flatMap(({ id }) => rows.get(id) ?? []);
  const text = readFileSync(table, "utf8");
  const [before] = text.split(marks[0]);
  const [, after] = text.split(marks[1]);
  const head = [
    "| fault | what is put back | walks | found by | the shortest walk |",
    "| --- | --- | --: | --- | --- |",
  ];
  writeFileSync(table, `${before}${marks[0]}\n\n${[...head, ...known].join("\n")}\n\n${marks[1]}${after}`);
}

function rowOf({ id, name, what, found, reason }, kept) {
  const cell = (text) => text.replaceAll("|", "\\|").replace(/\s+/g, " ");
  if (found === undefined) return `| ${id} | ${cell(what)} | – | **missed** | ${cell(reason)} |`;
  const by = found.failure.split("\n")[0].slice(0, 160);
  const walks = kept ? "a written one" : found.walks;
  const link = `[${found.typed.length} commands](../test/walk/faults/${id}-${name}.json)`;
  return `| ${id} | ${cell(what)} | ${walks} | ${cell(by)} | ${link} |`;
}
