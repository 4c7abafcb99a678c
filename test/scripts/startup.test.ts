import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

/** The modules in memory once every file of the program was loaded, as paths from the repository. */
function loaded(): string[] {
  const files = readdirSync(join(root, "dist/stacks"))
    .filter((name) => name.endsWith(".js") && name !== "index.js")
    .map((name) => join(root, "dist/stacks", name));
  const script = `
    for (const file of ${JSON.stringify(files)}) require(file);
    console.log(JSON.stringify(Object.keys(require.cache)));`;
  const modules: string[] = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }));
  return modules.map((path) => path.slice(root.length + 1));
}

test("the program loads no SDK that its plan may not use", () => {
  const modules = loaded();
  expect(modules).toContain("dist/stacks/domain.js");
  const heavy =
    /node_modules\/(@pulumi\/(cloudflare|azure-native|pulumi\/automation)|@azure\/|@npmcli|typescript|playwright)/;
  expect(modules.filter((path) => heavy.test(path))).toEqual([]);
  expect(modules.filter((path) => path.startsWith("dist/src/lab/"))).toEqual([]);
});
