import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { evaluate } from "./module.js";

const run = promisify(execFile);
const root = resolve(__dirname, "../..");
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});

describe("licences", () => {
  const allowed = (expression: string, ...licences: string[]) =>
    evaluate("licences.mjs", "m.isAllowed(input[0], new Set(input[1]))", [expression, licences]);
  const refused = (dev: boolean, manifest: object, own: object = {}) =>
    evaluate(
      "licences.mjs",
      "m.refusedPackages({ packages: { '': input[2], 'node_modules/a': { dev: input[0] } } }, () => input[1])",
      [dev, { name: "a", version: "1.0.0", ...manifest }, own],
    );

  test.each([
    ["MIT", true],
    ["GPL-3.0-only", false],
    ["(MIT OR GPL-3.0-only)", true],
    ["MIT AND GPL-3.0-only", false],
    ["GPL-3.0-only OR (MIT AND ISC)", true],
    ["MIT OR", false],
    ["", false],
  ])("%s can be satisfied: %s", async (expression, expected) => {
    expect(await allowed(expression, "MIT", "ISC")).toBe(expected);
  });

  test("a package that nobody has looked at is named", async () => {
    expect(await refused(false, { license: "AGPL-3.0" })).toEqual(["a 1.0.0: AGPL-3.0"]);
    expect(await refused(false, {})).toEqual(["a 1.0.0: none"]);
    expect(await refused(false, { licenses: [{ type: "GPL-2.0" }, { type: "MIT" }] })).toEqual([]);
  });

  test("what only development uses may be under a weak copyleft, what runs may not", async () => {
    expect(await refused(true, { license: "MPL-2.0" })).toEqual([]);
    expect(await refused(false, { license: "MPL-2.0" })).toEqual(["a 1.0.0: MPL-2.0"]);
    // An optional peer is in development here, and runs where its DNS host is used.
    const peer = { peerDependencies: { a: "^1.0.0" } };
    expect(await refused(true, { license: "MPL-2.0" }, peer)).toEqual(["a 1.0.0: MPL-2.0"]);
  });

  test("what is given away within a file of ours runs, and so does what that uses", async () => {
    const packages = {
      "": {},
      "node_modules/a": { dev: true },
      "node_modules/@peculiar/x509": { dev: true, dependencies: { a: "1", b: "1" } },
      "node_modules/@peculiar/x509/node_modules/b": { dev: true, dependencies: { a: "1" } },
      "node_modules/b": { dev: true },
    };
    const judged = evaluate(
      "licences.mjs",
      "m.refusedPackages({ packages: input }, (place) => ({ name: place, version: '1.0.0', license: 'MPL-2.0' }))",
      packages,
    );
    expect(await judged).toEqual([
      "node_modules/a 1.0.0: MPL-2.0",
      "node_modules/@peculiar/x509 1.0.0: MPL-2.0",
      "node_modules/@peculiar/x509/node_modules/b 1.0.0: MPL-2.0",
    ]);
  });

  test("everything installed here has been looked at", async () => {
    const { stdout } = await run(process.execPath, [resolve(root, "scripts/licences.mjs")]);
    expect(Number(/of (\d+) packages/.exec(stdout)?.[1])).toBeGreaterThan(100);
  });
});

describe("an audit", () => {
  const judge = (report: unknown) =>
    evaluate("audit.mjs", "m.judge(input)", typeof report === "string" ? report : JSON.stringify(report));

  test("that the registry refuses is left out, not passed", async () => {
    expect(await judge({ message: "405 Method Not Allowed", method: "POST", error: {} })).toMatchObject({
      kind: "left-out",
      reason: expect.stringContaining("405"),
    });
    expect(await judge("")).toMatchObject({ kind: "left-out" });
  });

  test("names what is vulnerable from high on", async () => {
    const of = (severity: string) => ({ vulnerabilities: { a: { name: "a", severity, range: "<2" } } });
    expect(await judge(of("moderate"))).toEqual({ kind: "clean" });
    expect(await judge(of("critical"))).toEqual({ kind: "vulnerable", found: ["a <2: critical"] });
  });
});

test("the bill of materials lists every package that runs, and marks none of them as of development", async () => {
  const { stdout } = await run("npm", ["run", "--silent", "sbom"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const bill = z
    .object({
      bomFormat: z.literal("CycloneDX"),
      components: z.array(
        z.looseObject({
          name: z.string(),
          group: z.string().optional(),
          version: z.string(),
          "bom-ref": z.string(),
          properties: z.array(z.object({ name: z.string() })),
        }),
      ),
    })
    .parse(JSON.parse(stdout));
  const listed = new Set(
    bill.components.map(
      ({ group, name, version }) =>
        `${group === undefined ? "" : `${group}/`}${name}@${version.replace(/^v/, "")}`,
    ),
  );
  const { packages } = lockSchema.parse(
    JSON.parse(await readFile(resolve(root, "package-lock.json"), "utf8")),
  );
  const missing = Object.entries(packages)
    .filter(([place, { dev, optional }]) => place !== "" && dev !== true && optional !== true)
    .map(([place, { version }]) => `${place.replace(/^.*node_modules\//, "")}@${version}`)
    .filter((name) => !listed.has(name));
  expect(missing).toEqual([]);
  expect(listed.size).toBeGreaterThan(50);

  const marked = bill.components
    .filter(({ properties }) => properties.some(({ name }) => name === "cdx:npm:package:development"))
    .map((component) => component["bom-ref"].replace(/@[^@]*$/, ""));
  expect(marked).toContain("esbuild");
  const certificates = await readFile(resolve(root, "dist/lab/certificates.js"), "utf8");
  const given = [...certificates.matchAll(/^(?:\/\*! )?Contains (.*):$/gm)].map(([, name]) => name);
  expect(given).toContain("@peculiar/x509");
  expect(given.filter((name) => name !== undefined && marked.includes(name))).toEqual([]);
});
