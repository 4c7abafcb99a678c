import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const program = join(root, "dist/stacks/index.js");
const handlers = join(root, "dist/providers/index.js");

/** What is in memory, as paths from the repository, once the program has found no plan or the handlers are there. */
function loaded(work: string): string[] {
  const script = `
    Promise.resolve(${work}).then(
      () => console.log(JSON.stringify(Object.keys(require.cache))));`;
  const modules: string[] = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }));
  return modules.map((path) => path.slice(root.length + 1));
}

test("the program loads no SDK that its plan may not use", () => {
  const modules = loaded(
    `require(${JSON.stringify(program)})().then(
      () => { throw new Error("ran without a plan"); },
      (error) => { if (!/plan/.test(error.message)) throw error; })`,
  );
  expect(modules).toContain("dist/stacks/program.js");
  const heavy =
    /node_modules\/(@pulumi\/(cloudflare|azure-native|pulumi\/automation)|@azure\/|@npmcli|typescript|playwright)/;
  expect(modules.filter((path) => heavy.test(path))).toEqual([]);
});

/** What the engine is told by the SDK once the program has found no plan. */
function toldToEngine(verbose: string): string[] {
  const script = `
    const said = [];
    require("@pulumi/pulumi/runtime/settings.js").getEngine = () => ({
      log: (request, done) => { said.push(request.getMessage()); done(); },
    });
    require(${JSON.stringify(program)})().catch(() => undefined).then(async () => {
      const log = require("@pulumi/pulumi/log/index.js");
      await log.debug("for who develops Pulumi");
      await log.info("for the user");
      console.log(JSON.stringify(said));
    });`;
  const env = { ...process.env, MAILSTAGE_VERBOSE: verbose };
  return JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8", env, cwd: root }));
}

test("the engine is sent no debug lines, three a resource with all that state has of it, unless they are asked for", () => {
  expect(toldToEngine("")).toEqual(["for the user"]);
  expect(toldToEngine("1")).toEqual(expect.arrayContaining(["for who develops Pulumi", "for the user"]));
});

test("the handlers load no HTTP pipeline, no sign-in and no directory before a request", () => {
  const modules = loaded(`require(${JSON.stringify(handlers)}).Stage`);
  expect(modules).toContain("dist/providers/index.js");
  expect(
    modules.filter((path) =>
      /azure-libraries|node_modules\/(ldapts|fast-xml-parser|csv-|@(azure|pulumi\/(cloudflare|azure-native))\/)/.test(
        path,
      ),
    ),
  ).toEqual([]);
});

test("a command that needs no lab loads nothing of its own", () => {
  const main = join(root, "dist/src/cli/main.js");
  const script = `
    process.argv.push("mailstage", "--version");
    process.on("exit", () => console.log(JSON.stringify(Object.keys(require.cache))));
    require(${JSON.stringify(main)});`;
  const said = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const modules: string[] = JSON.parse(said.trim().split("\n").at(-1) ?? "");
  expect(modules).toContain(main);
  // It is one file, of which only what a command needs is evaluated.
  expect(modules.filter((path) => path.includes(join(root, "dist")))).toEqual([main]);
});

test("the lab's certificates come with the packages that make them, under their licences, and need nothing that is installed", () => {
  const text = readFileSync(join(root, "dist/lab/certificates.js"), "utf8");
  const needed = [...text.matchAll(/\brequire\("([^"]*)"\)/g)].map(([, name]) => name);
  expect(needed.filter((name) => !name?.startsWith("node:"))).toEqual([]);
  const given = [...text.matchAll(/^(?:\/\*! )?Contains (.*):\n\n\S/gm)].map(([, name]) => name);
  expect(given).toEqual(expect.arrayContaining(["@peculiar/x509", "reflect-metadata", "tsyringe"]));
});

const partsOf = (file: string) => readFileSync(file, "utf8").match(/^\/\/ (src|node_modules)\/.*$/gm) ?? [];

test.each([
  ["program", join(root, "dist/stacks/program.js")],
  ["handlers", handlers],
])("the %s: one file, without the lab", (_, file) => {
  const parts = partsOf(file);
  expect(parts).toContain("// src/base/problem.ts");
  expect(parts.filter((part) => part.startsWith("// lab/"))).toEqual([]);
  expect(parts.filter((part) => /^\/\/ node_modules\/(?!zod\/)/.test(part))).toEqual([]);
});

test("the program comes without what handlers alone use", () => {
  const own = [
    "// src/on-premises/directory/apply.ts",
    "// src/microsoft365/exchange/migration-users.ts",
    "// src/migration/license-users.ts",
  ];
  expect(partsOf(handlers)).toEqual(expect.arrayContaining(own));
  expect(partsOf(join(root, "dist/stacks/program.js")).filter((part) => own.includes(part))).toEqual([]);
});
