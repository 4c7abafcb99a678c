import { resolve } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { parsePlan } from "../../src/plan/index.js";
import { contracts } from "../../src/state/index.js";
import { documentAt, fenced } from "../docs/markdown.js";
import { smallPlan } from "../engine/small-migration.js";
import type { Program } from "../in-process/program.js";
import { startProgram } from "./program.js";

const page = documentAt("docs/resources.md");
const [settings = "", ...examples] = fenced(page, "ts");

/** Runs the page's program: its examples as they are, the settings before them those of a lab. */
function programOf(given: () => Readonly<Record<string, unknown>>): Program {
  return () => {
    const wanted = [...settings.matchAll(/^const (\w+) =/gm)].flatMap(([, name]) => name ?? []);
    const values = given();
    expect(wanted).toEqual([...Object.keys(values), "list"]);
    const beginning = settings.slice(0, settings.indexOf("const "));
    const list = /^const list = .*$/m.exec(settings)?.[0] ?? "";
    const own = Object.keys(values).map((name) => `const ${name} = given.${name};`);
    const { outputText } = transpileModule([beginning, ...own, list, ...examples].join("\n"), {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023 },
    });
    const exports = {};
    const load = (name: string): unknown =>
      require(
        name === "mailstage/resources" ? resolve(__dirname, "../../dist/providers/resources.js") : name,
      );
    new Function("exports", "require", "given", outputText)(exports, load, values);
    return exports;
  };
}

describe("docs/resources.md", () => {
  test("has an example of every resource, under its name", () => {
    const titles = [...page.text.matchAll(/^## (\w+)$/gm)].flatMap(([, title]) => title ?? []);
    expect([...titles].sort()).toEqual(Object.keys(contracts).sort());
    expect(examples).toHaveLength(titles.length);
    for (const kind of titles) expect(examples.join("\n")).toContain(`new mailstage.${kind}(`);
  });

  test("its examples make what they say, one after the other, and then have nothing to do", async () => {
    const { rehearsal, stack } = await startProgram(
      programOf(() => settingsOf()),
      { dnsHost: "cloudflare", plan: { ...smallPlan, waves: smallPlan.waves.slice(0, 1) } },
    );
    const settingsOf = () => {
      const { lab, plan } = rehearsal;
      const { domain, tenant, dns, directory, source } = parsePlan(lab.planOverrides(plan));
      if (dns.host !== "cloudflare") throw new Error("the zone is not at Cloudflare");
      const { nameServers, resolvers, zone, zoneId } = dns;
      const { testMailbox, account, exchangeServer, rpcProxyServer, rpcProxyPort } = source;
      return {
        domain,
        tenant,
        observed: { zone, nameServers, resolvers },
        directory,
        source: { emailAddress: testMailbox, account, exchangeServer, rpcProxyServer },
        rpcProxyPort,
        dnsServer: lab.addresses.dns,
        zoneId,
      };
    };
    // The zone is at Cloudflare, and its server takes updates as well.
    stack.setEnvironment({ MAILSTAGE_TSIG_SECRET: rehearsal.world.tsig.secret });
    // These bundles of the package look for the folder of Pulumi.yaml in this process.
    process.env["MAILSTAGE_PROJECT_ROOT"] = stack.folder;
    try {
      for (let round = 0; round < 6; round++) {
        await stack.up();
        await rehearsal.lab.advance(round === 3 ? 48 * 3600 : 20 * 60);
      }
      expect((await stack.up()).errors).toBe("");
      const { resources } = await stack.exportState();
      const made = (kind: string) =>
        resources.find(({ type }) => type.endsWith(`mailstage:${kind}`))?.outputs;
      for (const kind of Object.keys(contracts))
        expect([kind, made(kind)]).toEqual([kind, expect.anything()]);
      expect(made("DomainVerification")).toMatchObject({ verified: true });
      expect(made("MigrationBatch")).toMatchObject({ status: "Synced", synced: 3 });
      expect(made("LicenseAssignment")).toMatchObject({ licensed: 3 });
      expect(made("MailUserConversion")).toMatchObject({ converted: 3 });
      // A gate is asked by every run until its program says that the work behind it is done; services tell the time in seconds.
      await rehearsal.lab.advance(60);
      expect((await stack.preview()).changes.map(({ name }) => name)).toEqual(["gate-prepare"]);
    } finally {
      delete process.env["MAILSTAGE_PROJECT_ROOT"];
      await rehearsal.close();
    }
  }, 240_000);
});
