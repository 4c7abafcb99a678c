import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePlan } from "../../src/plan/index.js";
import { Run } from "../../src/plan/run.js";
import { appendDurably } from "../../src/snapshots/durable-lines.js";
import { inPlace, located, placeOf } from "../../src/snapshots/place.js";
import { placeProblems, refuseUnlessKept } from "../../src/snapshots/refuse-unless-kept.js";
import { samplePlan } from "../plan/sample-plan.js";

const container = "azblob://state/snapshots?storage_account=contosomail";

test.each([
  ["nothing is named", undefined, {}, "snapshots/production"],
  ["the plan names a folder", "/var/lib/mailstage", {}, "/var/lib/mailstage/production"],
  [
    "the plan names a folder by its URL",
    "file:///var/lib/mail%20stage",
    {},
    "/var/lib/mail stage/production",
  ],
  [
    "the plan names a container",
    container,
    { PULUMI_BACKEND_URL: "s3://other" },
    "azblob://state/snapshots/production?storage_account=contosomail",
  ],
  [
    "the state is in a container",
    undefined,
    { PULUMI_BACKEND_URL: "azblob://state?storage_account=contosomail" },
    "azblob://state/snapshots/production?storage_account=contosomail",
  ],
  [
    "the state is in a bucket",
    undefined,
    { PULUMI_BACKEND_URL: "gs://state/mail/" },
    "gs://state/mail/snapshots/production",
  ],
  ["the state is in a folder", undefined, { PULUMI_BACKEND_URL: "file:///state" }, "snapshots/production"],
])("where %s, a stack's place is known", (_, named, environment, place) => {
  expect(placeOf(named, "production", environment)).toBe(place);
});

test("a file of a place is a path beside Pulumi.yaml, or a URL", () => {
  expect(located("/project", inPlace("snapshots/production", "wave1.jsonl"))).toBe(
    "/project/snapshots/production/wave1.jsonl",
  );
  expect(located("/project", inPlace("/elsewhere", "wave1.jsonl"))).toBe("/elsewhere/wave1.jsonl");
  expect(located("/project", inPlace(container, "wave1.jsonl"))).toBe(
    "azblob://state/snapshots/wave1.jsonl?storage_account=contosomail",
  );
});

test.each([
  "snapshots",
  "../kept",
  "/var/lib/mailstage",
  "C:\\mailstage",
  "file:///var/lib",
  container,
  "s3://b/x?region=eu-west-1",
  "gs://b",
])("the plan may name %s", (snapshots) => {
  expect(parsePlan(samplePlan({ conversion: { snapshots } })).conversion.snapshots).toBe(snapshots);
});

test.each([
  "https://host/x",
  "azblob://",
  "azblob://state?sig=secret",
  "azblob://state/a b",
  "ftp://host",
  "s3://b#x",
])("the plan may not name %s", (snapshots) => {
  expect(() => parsePlan(samplePlan({ conversion: { snapshots } }))).toThrow(
    "must be a folder, or a container",
  );
});

describe("a place that would lose what it is given", () => {
  let folder: string;
  let root: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "mailstage-place-")));
    root = join(folder, "checkout/mail");
    await mkdir(root, { recursive: true });
    await mkdir(join(folder, "checkout/.git"));
    await mkdir(join(folder, "kept"));
    await symlink(join(folder, "checkout"), join(folder, "kept/link"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const reasonOf = (place: string, environment: Readonly<Record<string, string>>) =>
    placeProblems(root, place.replace("$", folder), environment).map(({ reason }) => reason)[0];

  test.each([
    ["a folder of the checkout", "snapshots", { CI: "true" }, "a checkout that the next run makes anew (CI)"],
    ["one beside the project in the checkout", "../kept", { TF_BUILD: "True" }, "a checkout"],
    ["a link into the checkout", "$/kept/link/x", { CI: "true" }, "a checkout"],
    ["a folder the runner empties", "$/kept", { GITHUB_ACTIONS: "true", RUNNER_TEMP: "$/kept" }, "emptied"],
    [
      "any folder of a hosted machine",
      "/var/lib/mailstage",
      { GITHUB_ACTIONS: "true", RUNNER_ENVIRONMENT: "github-hosted" },
      "thrown away",
    ],
    [
      "any folder of a hosted agent",
      "/var/lib",
      { TF_BUILD: "True", AGENT_ISSELFHOSTED: "0" },
      "thrown away",
    ],
    ["a folder of a pod that is no volume", "/var/x", { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, "no volume"],
  ])("is %s", (_, place, environment, reason) => {
    const given = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, value.replace("$", folder)]),
    );
    expect(reasonOf(place, given)).toContain(reason);
  });

  test.each([
    ["a folder at a desk", "snapshots", {}],
    ["a folder outside of the checkout", "$/kept", { CI: "true" }],
    ["a container", container, { CI: "true", RUNNER_ENVIRONMENT: "github-hosted" }],
    ["a folder where CI is said to be off", "snapshots", { CI: "false" }],
  ])("is not %s", (_, place, environment) => {
    expect(reasonOf(place, environment)).toBeUndefined();
  });

  test("what was kept and is there no more refuses another change, unless that is waived", async () => {
    const run = new Run();
    const file = join(folder, "kept/wave1.jsonl");
    await expect(refuseUnlessKept({ root, run }, "contoso.com", file, 3)).rejects.toMatchObject({
      problems: [{ code: "snapshot-lost", subject: file, reason: expect.stringContaining("3 users") }],
    });
    await refuseUnlessKept({ root, run }, "contoso.com", file, 0);
    await appendDurably(file, () => "{}\n");
    await refuseUnlessKept({ root, run }, "contoso.com", file, 3);
    await rm(file);
    run
      .of("contoso.com")
      .apply({ waive: [{ gate: "snapshots-kept", reason: "they are in our own backup" }] });
    await refuseUnlessKept({ root, run }, "contoso.com", file, 3);
  });
});
