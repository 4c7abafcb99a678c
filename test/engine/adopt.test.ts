import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { unwrapped } from "../../src/base/wrapped.js";
import { findSecrets } from "../abuse/secret-search.js";
import { holdPrinted } from "../base/printed.js";
import { changesOf, copied, environmentOf, jumpTo } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";
import type { State } from "./stack.js";

const cli = resolve(__dirname, "../../dist/src/cli/main.js");
const outcome = z.object({ code: z.number().optional(), stdout: z.string(), stderr: z.string() });

/** `mailstage adopt` in the folder of Pulumi.yaml, as a user types it. */
async function adopt(rehearsal: Rehearsal, ...more: string[]) {
  const options = { cwd: rehearsal.stack.folder, env: environmentOf(rehearsal) };
  const args = [cli, "adopt", "--stack", "test", ...more];
  const { code = 0, ...said } = outcome.parse(
    await promisify(execFile)(process.execPath, args, options).catch((error: unknown) => error),
  );
  holdPrinted(["adopt"], said);
  return { code, stdout: unwrapped(said.stdout), stderr: unwrapped(said.stderr) };
}

const importFile = (rehearsal: Rehearsal) => join(rehearsal.stack.folder, "adopt.json");

/** What the help says to type. */
async function imported(rehearsal: Rehearsal) {
  const args = [
    "--file",
    "adopt.json",
    "--yes",
    "--generate-code=false",
    "--protect=false",
    "--skip-preview",
  ];
  const run = await rehearsal.stack.run("import", ...args);
  expect(run).toMatchObject({ code: 0, errors: "" });
}

/** Nothing that was asked since the counts were cleared is a write. */
function expectReadsOnly(rehearsal: Rehearsal, before: ReturnType<Rehearsal["lab"]["requests"]>) {
  const { byRoute, batched, dns, directory } = rehearsal.lab.requests();
  expect([dns.updates, directory.modify]).toEqual([before.dns.updates, before.directory.modify]);
  const writes = [...Object.keys(byRoute), ...Object.keys(batched)].filter(
    (route) => !/ GET | (Get|Test)-|token|openid|\$batch|dns query/i.test(route),
  );
  expect(writes).toEqual([]);
}

/** The same resources, whatever the order in which the state has them. */
async function expectUnchanged(rehearsal: Rehearsal) {
  expect(changesOf(await rehearsal.up({ skipPreview: true }))).toEqual([]);
}

/** On Pulumi's own engine, at the stage that has everything; test/adopt has the others on the one inside the test process. */
describe("a migration whose state was lost", () => {
  let rehearsal: Rehearsal;
  let before: State;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await copied(rehearsal);
    await rehearsal.reach("route");
    before = await rehearsal.stack.exportState();
    await rehearsal.goOnReal();
    await rehearsal.stack.loseState();
  }, 240_000);
  afterAll(() => rehearsal?.close());

  test("at route needs to be told the former MX", async () => {
    const untold = await adopt(rehearsal, "-o", "adopt.json");
    expect(untold).toMatchObject({ code: 1, stdout: "" });
    expect(untold.stderr).toMatch(
      /MX contoso\.com: is Microsoft 365's already .*--former-mx "10 mail\.contoso\.com" --former-ttl 86400/,
    );
    expect(existsSync(importFile(rehearsal))).toBe(false);
  }, 120_000);

  test("is adopted without a change and without a secret in the file", async () => {
    rehearsal.lab.clearRequests();
    const counted = rehearsal.lab.requests();
    const former = ["--former-mx", "10 mail.contoso.com", "--former-ttl", "86400"];
    const { code, stdout, stderr } = await adopt(rehearsal, "-o", "adopt.json", ...former);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^\d+ resources are in adopt\.json\. Next:\n {2}pulumi import --file adopt\.json /,
    );
    expectReadsOnly(rehearsal, counted);
    const text = await readFile(importFile(rehearsal), "utf8");
    expect(
      findSecrets({ "the account's password": rehearsal.world.source.password }, { file: text }),
    ).toEqual([]);
    expect(text).not.toMatch(/"(digest|passwordDigest)": "/);

    await imported(rehearsal);
    const preview = await rehearsal.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(preview)).toEqual([]);
    await expectUnchanged(rehearsal);
    const after = await rehearsal.stack.exportState();
    const urns = (state: State) => state.resources.map(({ urn }) => urn).sort();
    expect(urns(after)).toEqual(urns(before));
    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0, errors: "", changes: [] });
  }, 400_000);

  test("leaves no file where there is a state, and says what goes on from there", async () => {
    const { code, stderr } = await adopt(rehearsal, "-o", "again.json");
    expect(code).toBe(1);
    expect(stderr).toContain("pulumi up goes on from there");
    expect(existsSync(join(rehearsal.stack.folder, "again.json"))).toBe(false);
  }, 60_000);
});

/** Records of Pulumi's own plugin stand under components, and have a version of their provider. */
describe("a migration of a zone at Cloudflare whose state was lost", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({ dnsHost: "cloudflare", plan: { ...smallPlan, spf: "add" } });
    await jumpTo(rehearsal, "migrate");
    await rehearsal.goOnReal();
  }, 240_000);
  afterAll(() => rehearsal?.close());

  test("is adopted with its records, which no later run imports once more", async () => {
    await rehearsal.stack.loseState();
    const { zone } = await rehearsal.lab.state();
    expect(await adopt(rehearsal)).toMatchObject({ code: 0, stderr: "" });
    await imported(rehearsal);
    await expectUnchanged(rehearsal);
    expect((await rehearsal.lab.state()).zone).toEqual(zone);
  }, 240_000);
});
