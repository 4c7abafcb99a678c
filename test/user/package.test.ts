import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { z } from "zod";
import { filesBelow } from "../abuse/secret-search.js";
import { ended } from "../cli/ended.js";
import { installPacked } from "./package.js";

/** What a user gets who installs the packed package, and nothing beside it. */
describe("the packed package", () => {
  let folder: string;
  let packed: Record<string, Buffer>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-packed-"));
    await installPacked(folder);
    packed = await filesBelow(join(folder, "node_modules/mailstage"), /^$/);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const mailstage = (...args: string[]) =>
    new Promise<{ code: unknown; said: string }>((fulfil) => {
      execFile(
        join(folder, "node_modules/.bin/mailstage"),
        args,
        { cwd: folder, env: { ...process.env, MAILSTAGE_PROJECT_ROOT: "" } },
        (error, stdout, stderr) => fulfil({ code: error?.code ?? 0, said: stdout + stderr }),
      );
    });

  test("starts, and says what it can", async () => {
    expect(await mailstage("--help")).toMatchObject({ code: 0, said: expect.stringContaining("rehearse") });
  }, 60_000);

  test("rehearses, though what makes the lab's certificates is not installed", async () => {
    expect(existsSync(join(folder, "node_modules/pulumi"))).toBe(true);
    expect(existsSync(join(folder, "node_modules/@peculiar"))).toBe(false);
    const project = join(folder, "rehearsed");
    await cp(join(folder, "node_modules/mailstage/examples/demo"), project, { recursive: true });
    await writeFile(join(project, "zone.txt"), "contoso.com. 86400 IN MX 10 mail.contoso.com.\n");
    const rehearsal = spawn(
      join(folder, "node_modules/.bin/mailstage"),
      ["rehearse", "--stack", "demo", "--zone", "zone.txt"],
      {
        cwd: project,
        env: { ...process.env, MAILSTAGE_PROJECT_ROOT: project },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    // Stopped as soon as it says what to do next.
    rehearsal.stdout.on("data", (part) => {
      if (String(part).includes("pulumi up --stack rehearsal")) rehearsal.kill("SIGINT");
    });
    expect(await ended(rehearsal)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("production is not touched"),
    });
  }, 60_000);

  test("has the sample migration and the plugins' stand-ins, and no word of the tests' folder", () => {
    expect(Object.keys(packed)).toEqual(
      expect.arrayContaining([
        "examples/demo/Pulumi.demo.yaml",
        "examples/demo/mailboxes/wave1.csv",
        "dist/lab/plugins/cloudflare.mjs",
        "dist/lab/plugins/azure-native.mjs",
      ]),
    );
    const pointing = Object.entries(packed)
      .filter(
        ([path, text]) => /\.[cm]?js$/.test(path) && /["'`/]test\/(plugins|engine)/.test(text.toString()),
      )
      .map(([path]) => path);
    expect(pointing).toEqual([]);
  });

  test("tells an editor what each output of a resource is, and each argument but those that several share", () => {
    const file = join(folder, "node_modules/mailstage/dist/providers/resources.d.ts");
    const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, types: [] });
    const checker = program.getTypeChecker();
    const source = program.getSourceFile(file);
    const exported = source && checker.getSymbolAtLocation(source);
    const bare: string[] = [];
    let told = 0;
    for (const each of exported === undefined ? [] : checker.getExportsOfModule(exported)) {
      const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      for (const property of checker.getDeclaredTypeOfSymbol(symbol).getProperties()) {
        if (property.declarations?.some((at) => at.getSourceFile().fileName.includes("@pulumi"))) continue;
        if (property.getDocumentationComment(checker).length > 0) told += 1;
        else bare.push(`${symbol.name}.${property.name}`);
      }
    }
    expect(told).toBeGreaterThan(100);
    const shared = /^GateArgs\.|Args\.(wave|domain|csv|digest|members)$/;
    expect(bare.filter((name) => !shared.test(name))).toEqual([]);
  }, 60_000);

  test("says which Node it needs, and uses nothing newer", async () => {
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(await readFile(resolve(__dirname, "../../package.json"), "utf8")));
    // tls.getCACertificates is of 22.15; what came with Node 24 is not to be used.
    expect(engines.node).toBe(">=22.15.0");
    const newer =
      /\bRegExp\.escape\(|\bError\.isError\(|\bPromise\.try\(|\bIterator\.concat\(|\bFloat16Array\b|\bURLPattern\b/;
    const using = Object.entries(packed)
      .filter(
        ([path, text]) =>
          /^dist\/(?!providers|stacks\/program).*\.[cm]?js$/.test(path) && newer.test(text.toString()),
      )
      .map(([path]) => path);
    expect(using).toEqual([]);
  });
});
