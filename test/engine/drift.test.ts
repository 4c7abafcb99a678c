import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { writePrograms } from "../scripts/release-server.js";
import { changesOf, handOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

/** What others change by hand is seen by `pulumi refresh`, and the next `pulumi up` repairs what can be repaired. */
describe("changes made by hand", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  beforeAll(async () => {
    rehearsal = await rehearse();
    hand = handOf(rehearsal);
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.change((plan) => ({
      ...plan,
      waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" })),
    }));
    await rehearsal.up();
  }, 180_000);
  afterAll(() => rehearsal?.close());

  const batches = async () =>
    Object.fromEntries(
      (await rehearsal.lab.state()).batches.map(({ name, users }) => [
        name,
        users.map(({ emailAddress }) => emailAddress.split("@")[0]).sort(),
      ]),
    );
  const person = async (local: string) => {
    const { mailboxes, directory } = await rehearsal.lab.state();
    return {
      licenses: mailboxes.find(({ emailAddress }) => emailAddress === `${local}@contoso.com`)?.licenses,
      onPremises: directory.find(({ dn }) => dn.startsWith(`CN=${local},`))?.attributes,
    };
  };
  const change = async (cmdlet: string, parameters: Record<string, unknown>) => {
    const answer = await hand.invoke(cmdlet, parameters);
    expect(answer).toMatchObject({ status: 200 });
  };

  /** With the directory's password in the environment, or as Pulumi tells it of the stack's configuration. */
  const restore = async (password: "environment" | "configuration", ...more: string[]) => {
    const { MAILSTAGE_DIRECTORY_PASSWORD, PATH, ...environment } = {
      ...process.env,
      ...rehearsal.lab.environment,
    };
    const pulumi = await mkdtemp(join(tmpdir(), "mailstage-pulumi-"));
    await writePrograms(pulumi, "3.300.0");
    await writeFile(
      join(pulumi, "pulumi"),
      `#!/bin/sh
[ "$*" = "config get mailstage:directoryPassword --stack test --non-interactive" ] && echo "$TOLD" || echo v3.300.0
`,
    );
    const given =
      password === "environment"
        ? { PATH, MAILSTAGE_DIRECTORY_PASSWORD }
        : { PATH: `${pulumi}${delimiter}${PATH}`, TOLD: MAILSTAGE_DIRECTORY_PASSWORD };
    await promisify(execFile)(
      "node",
      [
        resolve("dist/src/cli/main.js"),
        "restore",
        "--snapshot",
        "snapshots/test/wave2.jsonl",
        "--user",
        "carla@contoso.com",
        ...more,
      ],
      { cwd: rehearsal.stack.folder, env: { ...environment, ...given } },
    );
    await rm(pulumi, { recursive: true });
  };

  test("are seen, each on its own resource", async () => {
    const [sku] = (await rehearsal.lab.state()).licenses;
    await hand.setRecordSet({ name: "contoso.com", type: "MX", ttl: 7200, values: ["10 mail.contoso.com"] });
    await change("Remove-MigrationUser", { Identity: "bert@contoso.com", Confirm: false });
    await change("Set-MigrationEndpoint", {
      Identity: "mailstage",
      ExchangeServer: "exch09.corp.contoso.com",
      SkipVerification: true,
    });
    const taken = await hand.graph("POST", "/users/tobyn@contoso.com/assignLicense", {
      addLicenses: [],
      removeLicenses: [sku?.skuId],
    });
    expect(taken.status).toBe(200);
    await restore("configuration");
    expect((await person("carla")).onPremises?.["homeMDB"]).toHaveLength(1);

    const refresh = await rehearsal.stack.refresh();
    expect(refresh).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(refresh)).toEqual([
      "update endpoint",
      "update mx",
      "update wave1-licenses",
      "update wave2",
      "update wave2-conversion",
    ]);
  }, 120_000);

  test("are repaired by the next up, and nothing else is touched", async () => {
    const up = await rehearsal.up();
    expect(changesOf(up)).toEqual([
      "update endpoint",
      "update mx",
      // Its lowered TTL counts anew.
      "update mx-ttl",
      "update wave1-licenses",
      "update wave2",
      "update wave2-conversion",
    ]);
    expect(saidBy(up)).toContain("wave2: 1 mailbox added: bert");
    const { zone, endpoints } = await rehearsal.lab.state();
    expect(zone.find(({ type }) => type === "MX")).toMatchObject({ ttl: 3600 });
    expect(endpoints).toMatchObject([{ exchangeServer: "exch01.corp.contoso.com" }]);
    expect(await batches()).toEqual({
      wave1: ["briant", "pilarp", "tobyn"],
      wave2: ["anna", "bert", "carla", "dieter", "eva"],
    });
    expect((await person("tobyn")).licenses).toHaveLength(1);
    // Whoever was restored on purpose stays so, until it is said that they may be converted again.
    expect(saidBy(up)).toMatch(/carla@contoso\.com: was restored on .* and is not converted again/);
    expect((await person("carla")).onPremises?.["homeMDB"]).toHaveLength(1);
    await restore("environment", "--convert-again");
    expect(changesOf(await rehearsal.up())).toEqual(["update wave2-conversion"]);
    expect((await person("carla")).onPremises?.["homeMDB"]).toBeUndefined();
    await rehearsal.lab.advance(24 * 3600);
    await rehearsal.up();
    const preview = await rehearsal.stack.preview({ refresh: true });
    expect(preview.errors).toBe("");
    expect(preview.changes.filter(({ op }) => op !== "refresh")).toEqual([]);
  }, 120_000);

  test("a batch that somebody deleted is told, and never made again", async () => {
    rehearsal.expectAlarms([{ code: "batch-removed-early", subject: "wave1" }]);
    await hand.removeBatch("wave1");
    const refresh = await rehearsal.stack.refresh();
    const seen = refresh.steps.filter(({ name }) => name === "wave1");
    expect(seen.at(-1)?.newOutputs).toMatchObject({ status: "Removed" });
    expect(saidBy(refresh)).toMatch(/batch wave1 is gone from Exchange Online .* it is not created again/);
    const up = await rehearsal.up();
    expect(changesOf(up)).toEqual([]);
    expect(Object.keys(await batches())).toEqual(["wave2"]);
  }, 120_000);

  test("a batch that the service let expire is told as well, and never made again", async () => {
    await rehearsal.lab.advance(200 * 86_400);
    const { goneBatches } = await rehearsal.lab.state();
    expect(goneBatches.map(({ name, why }) => `${name} ${why}`)).toEqual(["wave1 removed", "wave2 expired"]);
    const up = await rehearsal.up();
    expect(up.errors).toBe("");
    const refresh = await rehearsal.stack.refresh();
    expect(saidBy(refresh)).toMatch(/batch wave2 is gone/);
    expect(changesOf(await rehearsal.up())).toEqual([]);
    expect(await batches()).toEqual({});
    expect((await person("anna")).licenses).toHaveLength(1);
  }, 120_000);

  test("users who were converted before their batch expired do not keep mail from being routed", async () => {
    await rehearsal.stage("route");
    // An update says in one line what its preview has told.
    const preview = await rehearsal.stack.preview();
    expect(saidBy(preview)).toContain("8 mailboxes whose batch is gone: converted on premises already");
    await rehearsal.up();
    expect(await batches()).toEqual({});
    const { zone } = await rehearsal.lab.state();
    expect(zone.find(({ type }) => type === "MX")?.values).toEqual([
      "0 contoso-com.mail.protection.outlook.com",
    ]);
  }, 120_000);
});

describe("a domain that was taken out of the tenant by hand", () => {
  test("is added again, with its new proof in place of the old one", async () => {
    const rehearsal = await rehearse({
      plan: {
        ...smallPlan,
        stage: "verify",
        waive: [{ gate: "stage-order", reason: "only the domain is looked at" }],
      },
    });
    try {
      const proof = async () =>
        (await rehearsal.lab.state()).zone.find(({ name, type }) => name === "contoso.com" && type === "TXT")
          ?.values;
      await rehearsal.up();
      const before = await proof();
      expect(before).toHaveLength(2);
      expect((await handOf(rehearsal).graph("DELETE", "/domains/contoso.com")).status).toBe(204);
      const refresh = await rehearsal.stack.refresh();
      expect(refresh).toMatchObject({ code: 0, errors: "" });
      await rehearsal.up();
      expect((await rehearsal.lab.state()).domains.map(({ id }) => id)).toContain("contoso.com");
      const after = await proof();
      expect(after).toHaveLength(2);
      expect(after?.[0]).toMatch(/^MS=ms\d+$/);
      expect(after?.[0]).not.toBe(before?.[0]);
      expect(after?.[1]).toBe(before?.[1]);
    } finally {
      await rehearsal.close();
    }
  }, 120_000);
});
