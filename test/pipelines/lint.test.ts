import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { pipelineFiles } from "../../src/cli/init/index.js";
import { documentAt } from "../docs/markdown.js";
import { installed, linters } from "../scripts/linters.js";
import { evaluate } from "../scripts/module.js";
import { runStep } from "./script.js";

const repository = resolve(__dirname, "../..");
const examples = join(repository, "examples");
const values = {
  stack: "production",
  tenant: "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34",
  host: "rfc2136",
  repository: "https://github.com/contoso/contoso-mail",
} as const;
const others = ["cloudflare", "azure", "manual"] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailstage-lint-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("against the published schemas", () => {
  const tool = linters.schema;
  if (!installed(tool, "check-jsonschema")) return;
  const check = async (
    schema: readonly string[],
    texts: readonly string[],
    as: (text: string) => unknown,
  ) => {
    const files = await Promise.all(
      texts.map(async (text, index) => {
        const file = join(folder, `${index}.json`);
        await writeFile(file, JSON.stringify(as(text)));
        return file;
      }),
    );
    return runStep([tool, "--regex-variant", "python", ...schema, ...files], folder, {});
  };
  // One of the four hosts; the others differ by a line.
  const textsOf = async (pipeline: "github" | "azure" | "operator") =>
    [...(await pipelineFiles(examples, pipeline, { ...values, host: "cloudflare" }))].flatMap(
      ([path, text]) => (/\.ya?ml$/.test(path) ? [text] : []),
    );
  // Azure Pipelines has no booleans and no numbers: its schema knows words only.
  const words = (text: string): unknown => parse(text, { schema: "failsafe" });
  const schemas = {
    github: ["--builtin-schema", "vendor.github-workflows"],
    azure: ["--builtin-schema", "vendor.azure-pipelines"],
    operator: ["--schemafile", join(__dirname, "stack.schema.json")],
  } as const;
  const stackOf = (text: string): unknown => parseAllDocuments(text).at(-1)?.toJS();

  test.each([
    ["github", parse, /^( *)runs-on:/m],
    ["azure", words, /^( *)pool:/m],
    ["operator", stackOf, /^( *)projectRepo:/m],
  ] as const)(
    "%s is right, and a misspelt field is not",
    async (pipeline, as, field) => {
      const texts = await textsOf(pipeline);
      expect(await check(schemas[pipeline], texts, as)).toMatchObject({ code: 0, stderr: "" });
      const wrong = texts.map((text) => text.replace(field, "$1mispelt:"));
      expect(await check(schemas[pipeline], wrong.slice(0, 1), as)).toMatchObject({ code: 1 });
    },
    120_000,
  );
});

describe("with actionlint", () => {
  const tool = linters.actions;
  if (!installed(tool, "actionlint")) return;
  const lint = (file: string) =>
    runStep(
      [tool, "-shellcheck=", "-pyflakes=", "-ignore", 'label "mailstage" is unknown', file],
      folder,
      {},
    );

  test("expressions, contexts and outputs of the workflows are right, and a wrong one is not", async () => {
    for (const name of await readdir(join(examples, "github-actions")))
      expect(await lint(join(examples, "github-actions", name))).toMatchObject({ code: 0, stdout: "" });
    const text = await readFile(join(examples, "github-actions/mailstage.yml"), "utf8");
    const wrong = join(folder, "wrong.yml");
    await writeFile(wrong, text.replace("needs.review.outputs.verdict", "needs.reviews.outputs.verdict"));
    expect(await lint(wrong)).toMatchObject({ code: 1 });
  }, 60_000);
});

describe("the image", () => {
  const file = join(examples, "pulumi-operator/Dockerfile");

  test("has every part in a version, that of the CLI the one that npx pulumi starts, and no root at the end", async () => {
    const text = await readFile(file, "utf8");
    const version = await evaluate(
      "setup/engine.mjs",
      "m.launcherVersion(input)",
      await readFile(join(repository, "package.json"), "utf8"),
    );
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual([
      expect.stringMatching(/^mcr\.microsoft\.com\/powershell:7\.\d+-debian-12$/),
      `pulumi/pulumi-nodejs-24:${version}-nonroot`,
    ]);
    expect(text).toMatch(/ExchangeOnlineManagement -RequiredVersion \d+\.\d+\.\d+ /);
    expect([...text.matchAll(/^USER (.*)$/gm)].at(-1)?.[1]).toBe("1000:1000");
    expect(text).toMatch(/^VOLUME \/snapshots$/m);
  });

  describe("with hadolint", () => {
    const tool = linters.image;
    if (!installed(tool, "hadolint")) return;
    test("has nothing against it, not even in style, and something against a careless one", async () => {
      const lint = (path: string) => runStep([tool, "--failure-threshold", "style", path], folder, {});
      expect(await lint(file)).toMatchObject({ code: 0, stdout: "" });
      const careless = join(folder, "Dockerfile");
      await writeFile(careless, "FROM debian\nRUN apt-get install curl\n");
      expect(await lint(careless)).toMatchObject({ code: 1 });
    });
  });
});

describe("what mailstage init writes", () => {
  const places = { ".github/workflows": "github-actions", "azure-pipelines": "azure-pipelines" };
  const exampleOf = (path: string) =>
    join(
      examples,
      Object.entries(places).reduce((name, [place, example]) => name.replace(place, example), path),
    );

  test.each(["github", "azure", "operator"] as const)(
    "is the example itself for its own plan: %s",
    async (pipeline) => {
      const files = await pipelineFiles(examples, pipeline, values);
      expect(files.size).toBeGreaterThan(0);
      for (const [path, text] of files) expect(text).toBe(await readFile(exampleOf(path), "utf8"));
    },
  );

  test.each(["github", "azure", "operator"] as const)(
    "has another plan's values and none of the example's: %s",
    async (pipeline) => {
      for (const host of others) {
        const given = {
          stack: "1e3",
          tenant: "0a1b2c3d-1111-4222-8333-444455556666",
          host,
          repository: "https://git.example/m",
        };
        const files = [...(await pipelineFiles(examples, pipeline, given))];
        for (const [path, text] of files.filter(([name]) => /\.ya?ml$/.test(name))) {
          expect(text).not.toMatch(/\bproduction\b|6f2e8f0c|TSIG|contoso-mail/);
          expect(text).toContain(given.tenant);
          expect(text).toMatch(/: "1e3"$/m);
          if (path.endsWith("-fork.yml")) continue;
          expect(/CLOUDFLARE_API_TOKEN/.test(text)).toBe(host === "cloudflare");
          expect(/ARM_SUBSCRIPTION_ID/.test(text)).toBe(host === "azure");
        }
      }
    },
  );

  test("has only steps that are there, with no secret where a fork's code runs, and actions by commit", async () => {
    const workflow = await readFile(join(examples, "github-actions/mailstage.yml"), "utf8");
    const stepSchema = z.looseObject({ run: z.string().optional(), uses: z.string().optional() });
    const { on, jobs, permissions } = z
      .object({
        on: z.record(z.string(), z.unknown()),
        permissions: z.object({}).strict(),
        jobs: z.record(z.string(), z.looseObject({ steps: z.array(stepSchema) })),
      })
      .parse(parse(workflow));
    expect(Object.keys(on)).toEqual(["pull_request_target", "push", "workflow_dispatch"]);
    expect(permissions).toEqual({});
    const fork = await readFile(join(examples, "github-actions/mailstage-fork.yml"), "utf8");
    expect(fork).not.toMatch(/secrets\.|vars\.|id-token|self-hosted|environment:|pull_request_target/);
    expect(fork).toContain("github.event.pull_request.head.repo.full_name != github.repository");
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const scripts = await readdir(join(examples, "pipeline"));
    for (const { run = "" } of steps)
      for (const [, name = ""] of run.matchAll(/pipeline\/(\S+)/g)) expect(scripts).toContain(name);
    for (const { uses } of steps)
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  const jobSchema = z.looseObject({ environment: z.string().optional(), steps: z.array(z.unknown()) });
  test.each(["rfc2136", "cloudflare", "azure", "manual"] as const)(
    "gives what writes to the job that applies alone, in an environment that is protected: %s",
    async (host) => {
      const files = await pipelineFiles(examples, "github", { ...values, host });
      for (const [path, text] of files) {
        if (!path.endsWith(".yml")) continue;
        const { jobs } = z.object({ jobs: z.record(z.string(), jobSchema) }).parse(parse(text));
        for (const [name, job] of Object.entries(jobs)) {
          const secrets = [...JSON.stringify(job).matchAll(/(?:secrets|vars)\.([A-Z_]+)/g)].map(
            ([, one]) => one ?? "",
          );
          if (name === "up") expect(job.environment).toBe("mailstage-production");
          else {
            const reads = /^(PULUMI_|MAILSTAGE_REVIEW_|ARM_SUBSCRIPTION_ID$)/;
            expect(secrets.filter((one) => !reads.test(one))).toEqual([]);
            if (secrets.length > 0) expect(job.environment).toBe("mailstage-review");
          }
          if (host === "cloudflare" && secrets.length > 0)
            expect(secrets).toContain(
              name === "up" ? "CLOUDFLARE_API_TOKEN" : "MAILSTAGE_REVIEW_CLOUDFLARE_API_TOKEN",
            );
        }
      }
    },
  );

  test("gives Azure's reviews a group of their own, which has nothing that writes", async () => {
    for (const [path, text] of await pipelineFiles(examples, "azure", values)) {
      if (!path.endsWith(".yml")) continue;
      const [before = "", up = ""] = text.split("  - stage: up");
      expect(before).toContain("group: mailstage-review");
      expect(before).not.toMatch(
        /mailstage-up|\$\(MAILSTAGE_(SOURCE_PASSWORD|DIRECTORY_PASSWORD|TSIG_SECRET|CLIENT_ID|CONNECTION_ID)\)/,
      );
      if (up !== "") expect(up).toMatch(/group: mailstage-up[\s\S]*environment: mailstage-production/);
    }
  });

  test("runs a pull request's own files in no step: it is checked out beside, and its data copied", async () => {
    const text = await readFile(join(examples, "github-actions/mailstage.yml"), "utf8");
    expect(text.match(/pull_request\.head\.sha/g)).toHaveLength(1);
    expect(text).toMatch(/head\.sha \}\}\n\s+path: proposed\n\s+persist-credentials: false/);
    expect(text).not.toMatch(/working-directory|cd proposed/);
  });

  test("names an image with PowerShell for the operator, and a volume for snapshots", async () => {
    const files = await pipelineFiles(examples, "operator", values);
    const stack = files.get("pulumi-operator/stack.yaml") ?? "";
    expect(stack).toMatch(/mountPath: \/snapshots/);
    expect(stack).toMatch(/kind: PersistentVolumeClaim/);
    expect(stack).toMatch(/fsGroup: 1000/);
    expect(stack).toMatch(/pulumi-operator\/Dockerfile/);
    expect(files.get("pulumi-operator/Dockerfile")).toMatch(/ExchangeOnlineManagement/);
  });

  test("takes no variable and no secret that docs/pipelines.md does not name", async () => {
    const { text } = documentAt("docs/pipelines.md");
    const taken = new Set<string>();
    for (const pipeline of ["github", "azure"] as const)
      for (const body of (await pipelineFiles(examples, pipeline, values)).values())
        for (const [, name = ""] of body.matchAll(/(?:(?:vars|secrets)\.|\$\()([A-Z_]+)(?: \}|\))/g))
          taken.add(name);
    expect([...taken].sort()).toEqual([
      "MAILSTAGE_CLIENT_ID",
      "MAILSTAGE_CONNECTION_ID",
      "MAILSTAGE_DIRECTORY_PASSWORD",
      "MAILSTAGE_REVIEW_CLIENT_ID",
      "MAILSTAGE_REVIEW_CONNECTION_ID",
      "MAILSTAGE_REVIEW_DIRECTORY_DN",
      "MAILSTAGE_REVIEW_DIRECTORY_PASSWORD",
      "MAILSTAGE_SOURCE_PASSWORD",
      "MAILSTAGE_TSIG_SECRET",
      "PULUMI_BACKEND_URL",
      "PULUMI_CONFIG_PASSPHRASE",
    ]);
    expect([...taken].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
