import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { azureEnvironment, githubEnvironment, type Hosts, startHosts, token } from "./hosts.js";
import { runStep, scripts } from "./script.js";

let hosts: Hosts;
let folder: string;
beforeEach(async () => {
  hosts = await startHosts();
  folder = await mkdtemp(join(tmpdir(), "mailstage-pipeline-"));
});
afterEach(async () => {
  await hosts.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each([
  ["GitHub", githubEnvironment],
  ["Azure DevOps", azureEnvironment],
])("the comment on a pull request at %s", (_, environmentOf) => {
  const first = "<!-- mailstage review: production -->\n## production: prepare\n\n| a | b |\n";
  const comment = (environment: Readonly<Record<string, string>> = {}) =>
    runStep(["node", join(scripts, "comment.mjs")], folder, { ...environmentOf(hosts), ...environment });
  const review = async (text: string) => {
    await mkdir(join(folder, "review"), { recursive: true });
    await writeFile(join(folder, "review/review.md"), text);
  };
  const ours = () => hosts.comments.filter(({ author }) => author === "github-actions[bot]");

  test("is made once, written anew in place, and left alone when nothing changed", async () => {
    await review(first);
    expect(await comment()).toMatchObject({ code: 0, stdout: "commented\n", stderr: "" });
    const next = first.replace("prepare", "verify");
    await review(next);
    expect(await comment()).toMatchObject({ code: 0, stdout: "updated the comment\n" });
    expect(hosts.comments).toEqual([expect.objectContaining({ body: next })]);
    const writes = () => hosts.requests.filter((request) => !request.startsWith("GET"));
    expect(writes()).toHaveLength(2);
    expect(await comment()).toMatchObject({ code: 0, stdout: "the comment is up to date\n" });
    expect(writes()).toHaveLength(2);
  });

  test("is found among hundreds, and never taken for one that somebody else began alike", async () => {
    for (let id = 1; id <= 250; id++) hosts.comments.push({ id, author: "pilarp", body: `remark ${id}` });
    hosts.comments.push({ id: 251, author: "mallory", body: first });
    hosts.comments.push({ id: 252, author: "github-actions[bot]", body: `see: ${first}` });
    hosts.comments.push({
      id: 253,
      author: "github-actions[bot]",
      body: first.replace("production", "pilot"),
    });
    const before = structuredClone(hosts.comments);
    await review(first);
    expect(await comment()).toMatchObject({ code: 0, stdout: "commented\n" });
    await review(`${first}more\n`);
    expect(await comment()).toMatchObject({ code: 0, stdout: "updated the comment\n" });
    expect(hosts.comments.slice(0, 253)).toEqual(before);
    expect(hosts.comments.slice(253).map(({ body }) => body)).toEqual([`${first}more\n`]);
  });

  test("says so where the review failed before it could say anything, in the same place", async () => {
    await review(first);
    await comment();
    await rm(join(folder, "review"), { recursive: true });
    expect(await comment()).toMatchObject({ code: 0 });
    expect(ours()).toHaveLength(1);
    expect(ours()[0]?.body).toMatch(/^<!-- mailstage review: production -->\nThe review .* failed .*42\n$/);
  });

  test("that the host refuses is an error without the token", async () => {
    await review(first);
    const refused = await comment({ GITHUB_REPOSITORY: "contoso/other", BUILD_REPOSITORY_ID: "other" });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("404. May this job comment?") });
    expect(JSON.stringify(refused)).not.toContain(token);
  });
});

describe("sign-in without a secret", () => {
  const work = `import { signedIn } from ${JSON.stringify(join(scripts, "identity.mjs"))};
    import { readFileSync, statSync } from "node:fs";
    import { run } from ${JSON.stringify(join(scripts, "run.mjs"))};
    await signedIn(async (environment) => {
      const file = environment.AZURE_FEDERATED_TOKEN_FILE;
      console.log(JSON.stringify({ ...environment, token: file && readFileSync(file, "utf8"), mode: file && statSync(file).mode & 0o777 }));
      await run("env", [], { environment });
    });`;
  const signIn = (environment: Readonly<Record<string, string>>) =>
    runStep(["node", "--input-type=module", "--eval", work], folder, { RUNNER_TEMP: folder, ...environment });

  test.each([
    [
      "GitHub's token",
      () => ({
        ACTIONS_ID_TOKEN_REQUEST_URL: `${hosts.url}/oidc/github?api-version=2`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
        GITHUB_TOKEN: token,
      }),
    ],
    [
      "the token of an Azure service connection",
      () => ({
        TF_BUILD: "True",
        SYSTEM_OIDCREQUESTURI: `${hosts.url}/oidc/azure`,
        AZURE_SERVICE_CONNECTION_ID: "connection",
        SYSTEM_ACCESSTOKEN: token,
      }),
    ],
  ])(
    "keeps %s in a file for this user only, while the work lasts, and keeps what asks for it",
    async (_, given) => {
      const identity = { AZURE_CLIENT_ID: "client", AZURE_TENANT_ID: "tenant" };
      const { code, stdout, stderr } = await signIn({ ...given(), ...identity });
      expect([code, stderr]).toEqual([0, ""]);
      const [first = "", ...child] = stdout.split("\n");
      const told = JSON.parse(first);
      expect(told).toMatchObject({
        token: "oidc-1",
        mode: 0o600,
        ARM_USE_OIDC: "true",
        ARM_CLIENT_ID: "client",
      });
      expect(told.ARM_OIDC_TOKEN_FILE_PATH).toBe(told.AZURE_FEDERATED_TOKEN_FILE);
      expect(child).toContain(`AZURE_FEDERATED_TOKEN_FILE=${told.AZURE_FEDERATED_TOKEN_FILE}`);
      expect(child.join("\n")).not.toContain(token);
      await expect(rm(told.AZURE_FEDERATED_TOKEN_FILE)).rejects.toThrow("ENOENT");
    },
  );

  test("is left to AZURE_… where the pipeline issues no token", async () => {
    const { code, stdout } = await signIn({ AZURE_CLIENT_SECRET: "s3cret" });
    expect(code).toBe(0);
    expect(stdout).toContain("AZURE_CLIENT_SECRET=s3cret");
    expect(stdout).not.toContain("AZURE_FEDERATED_TOKEN_FILE");
  });
});

test("no line of a program is taken for a command of the pipeline", async () => {
  const lines = [
    "::set-env name=A::b",
    "  ::stop",
    "x ##vso[task.setvariable variable=a]b",
    "##[error]no",
    "a::b",
  ];
  const work = `import { run } from ${JSON.stringify(join(scripts, "run.mjs"))};
    await run("printf", ["%s\\n", ...${JSON.stringify(lines)}]);`;
  const { stdout } = await runStep(["node", "--input-type=module", "--eval", work], folder, {});
  expect(stdout.split("\n").slice(0, -1)).toEqual([
    ": :set-env name=A::b",
    "  : :stop",
    "x # #vso[task.setvariable variable=a]b",
    "# #[error]no",
    "a::b",
  ]);
});

test.each([
  { drift: 0, next: 0, ends: 0, says: ["drift=false", "next=false"] },
  { drift: 2, next: 2, ends: 2, says: ["drift=true", "next=true"] },
  { drift: 0, next: 2, ends: 0, says: ["drift=false", "next=true"] },
  { drift: 0, next: 3, ends: 0, says: ["drift=false", "next=false"] },
  { drift: 0, next: 1, ends: 1, says: ["drift=false", "next=false"] },
])(
  "a night whose drift review ends with $drift and whose review of the next update with $next ends with $ends",
  async ({ drift, next, ends, says }) => {
    const program = `#!/bin/sh
case "$*" in *--drift*) exit ${drift} ;; *--refresh*) exit ${next} ;; esac
`;
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin/mailstage"), program, { mode: 0o755 });
    const { code } = await runStep(["node", join(scripts, "drift.mjs")], folder, {
      PATH: [join(folder, "bin"), process.env["PATH"]].join(delimiter),
      MAILSTAGE_STACK: "production",
      GITHUB_OUTPUT: join(folder, "output"),
    });
    expect(code).toBe(ends);
    expect((await readFile(join(folder, "output"), "utf8")).trim().split("\n")).toEqual(says);
  },
);
