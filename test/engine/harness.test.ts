import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Stack } from "./stack.js";

/** A program of one kind of resource: a note, kept in a file whose name is the note's id. */
const provider = `
const fs = require("node:fs"), path = require("node:path");
const file = (id) => path.join(process.env.NOTES, id);
const write = (id, text) => fs.writeFileSync(file(id), text);
exports.Note = {
  check: async (olds, news) => ({ inputs: news, failures: [] }),
  diff: async (id, olds, news) => ({ changes: olds.text !== news.text || olds.name !== news.name, replaces: olds.name !== news.name ? ["name"] : [], deleteBeforeReplace: true }),
  create: async (inputs) => {
    if (inputs.text === "slow") await new Promise((done) => setTimeout(done, 60_000));
    if (inputs.text === "refuse") throw new Error("this note is refused");
    write(inputs.name, inputs.text);
    return { id: inputs.name, outs: inputs };
  },
  update: async (id, olds, news) => { write(id, news.text); return { outs: news }; },
  read: async (id, props) => {
    if (!fs.existsSync(file(id))) return { id: "", props: {} };
    const text = fs.readFileSync(file(id), "utf8");
    return { id, props: { ...props, text }, inputs: { name: props.name, text } };
  },
  delete: async (id) => fs.rmSync(file(id), { force: true }),
};`;

// Without the first line Pulumi's runner maps every stack trace through source maps: half of a second for each command.
const program = `
delete Error.prepareStackTrace;
const pulumi = require("@pulumi/pulumi");
const line = 'exports.handler=()=>require("node:module").createRequire(process.cwd()+"/")("mailstage/providers").Note';
class Note extends pulumi.CustomResource {
  constructor(name, text) { super("pulumi-nodejs:dynamic/mailstage:Note", name, { ...text, __provider: line }); }
}
for (const [key, value] of Object.entries(new pulumi.Config("mailstage").requireObject("plan"))) new Note(key, value);`;

describe("the engine harness", () => {
  let folder: string;
  let stack: Stack;
  const up = () => stack.up({ skipPreview: true });
  const note = (name: string) => readFile(join(folder, "notes", name), "utf8");
  const open = (plan: unknown, timeoutMs?: number) =>
    Stack.create({
      plan,
      main: join(folder, "dist/stacks/index.js"),
      environment: { NOTES: join(folder, "notes") },
      ...(timeoutMs !== undefined && { timeoutMs }),
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-harness-"));
    await mkdir(join(folder, "notes"));
    for (const [name, text] of Object.entries({ stacks: program, providers: provider })) {
      await mkdir(join(folder, "dist", name), { recursive: true });
      await writeFile(join(folder, "dist", name, "index.js"), text);
    }
    const exports = { "./providers": "./dist/providers/index.js", "./package.json": "./package.json" };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "mailstage", exports }));
    await symlink(resolve(__dirname, "../../node_modules"), join(folder, "node_modules"));
  });
  afterEach(() => stack.dispose());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("walks a resource through create, no change, update, replacement, drift and removal", async () => {
    const same = { name: "same", text: "as ever" };
    stack = await open({ a: { name: "one", text: "first" }, same });

    const made = await stack.up();
    expect(made).toMatchObject({ code: 0, errors: "" });
    expect(made.previewed.map(({ op, name }) => `${op} ${name}`).sort()).toEqual(["create a", "create same"]);
    expect(await note("one")).toBe("first");

    await stack.plan({ a: { name: "one", text: "second" }, same });
    const [update] = (await stack.preview()).changes;
    expect(update).toMatchObject({
      op: "update",
      oldInputs: { text: "first" },
      newInputs: { text: "second" },
    });
    expect(await note("one")).toBe("first");

    await writeFile(join(folder, "notes/one"), "changed by hand");
    // What does not change is none of the changes.
    expect((await stack.refresh()).changes).toMatchObject([
      { name: "a", newOutputs: { text: "changed by hand" } },
    ]);
    expect((await up()).changes).toMatchObject([{ op: "update", name: "a" }]);

    await stack.plan({ a: { name: "two", text: "second" }, same });
    const replacement = await up();
    expect(replacement.changes.find(({ op }) => op === "replace")?.replaceKeys).toEqual(["name"]);
    expect(await note("two")).toBe("second");

    expect((await stack.exportState()).resources.find(({ id }) => id === "two")?.inputs).toMatchObject({
      text: "second",
    });
    expect((await stack.destroy()).changes.map(({ op, name }) => `${op} ${name}`).sort()).toEqual([
      "delete a",
      "delete same",
    ]);
    expect((await stack.exportState()).resources).toEqual([]);
  }, 300_000);

  it("tells what the provider said when it refuses", async () => {
    stack = await open({ a: { name: "three", text: "refuse" } });
    const run = await up();
    expect(run.code).toBe(1);
    expect(run.errors).toContain("this note is refused");
    expect(run.steps.find(({ name }) => name === "a")).toMatchObject({ op: "create", failed: true });
  }, 60_000);

  it("ends a command that takes too long, and the stack can be used again", async () => {
    stack = await open({ a: { name: "four", text: "slow" } }, 10_000);
    const run = await stack.up({ skipPreview: true });
    expect(run).toMatchObject({ code: null, stderr: expect.stringContaining("stopped after 10000 ms") });
    await stack.cancel();
    expect((await stack.exportState()).pending_operations).toMatchObject([{ type: "creating" }]);
    await stack.plan({});
    expect(await up()).toMatchObject({ code: 0 });
  }, 120_000);
});
