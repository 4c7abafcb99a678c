import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { readPreview, reviewHtml, reviewOf } from "../../src/reports/review/index.js";
import { readState, statusHtml, statusOf } from "../../src/reports/status/index.js";
import { preview, stageStep, step } from "../review/sample-preview.js";
import { sampleState } from "./sample-state.js";

const executable = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const status = (text: string) =>
  statusHtml(statusOf(readState(text, "production"), new Date("2026-11-16T15:00:00Z")));
const review = (...given: Parameters<typeof preview>) => reviewHtml(reviewOf(readPreview(preview(...given))));
const waive = [{ gate: "synced-after-switch", reason: "agreed with the mail team" }];
const wave = { wave: "wave1", domain: "contoso.com", started: true, mailboxes: 3 };
const pages = {
  "status in the middle": status(
    sampleState({ waive: [{ gate: "mx-ttl-expired", reason: "agreed with the mail team" }] }),
  ),
  "status with 400-character names": status(
    sampleState({ domain: "x".repeat(400), batches: { ["w".repeat(400)]: "started" } }),
  ),
  "status before the beginning": status(sampleState({ stage: "none", resources: [], batches: {} })),
  "review of a retirement with a waiver": review([
    step("update", "Stage", "stage", {
      old: { domain: "contoso.com", stage: "route", phases: { wave1: "converted" }, waive: [] },
      new: { domain: "contoso.com", stage: "retire", phases: { wave1: "converted" }, waive },
    }),
    step("delete", "MigrationBatch", "wave1", { old: wave }),
  ]),
  "review of a conversion": review([
    stageStep(),
    step("create", "MailUserConversion", "wave1-conversion", { new: { ...wave, snapshots: "snapshots" } }),
  ]),
  "review of a gate that is not passed": review(
    [stageStep()],
    [
      {
        message:
          "batch wave1: was not synchronized since the switch. Run pulumi up again after 2026-11-26 08:00 UTC",
        severity: "error",
        urn: "urn:pulumi:test::mailstage::pulumi-nodejs:dynamic/mailstage:Gate::gate-retire",
      },
    ],
  ),
};

/** The pages in a real Chromium (Debian: apt install chromium). */
(executable === undefined ? describe.skip : describe)("the pages in a browser", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await chromium.launch({
      ...(executable && { executablePath: executable }),
      args: ["--no-sandbox"],
    });
    folder = await mkdtemp(join(tmpdir(), "mailstage-pages-"));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(Object.entries(pages))(
    "%s: no errors, no requests, nothing cut off, accessible in light and dark",
    async (_name, page) => {
      const file = join(folder, "page.html");
      await writeFile(file, page);
      const context = await browser.newContext({ bypassCSP: true });
      const tab = await context.newPage();
      const said: string[] = [];
      tab.on("console", (message) => said.push(message.text()));
      tab.on("pageerror", (error) => said.push(error.message));
      tab.on("request", (request) => {
        if (!/^(?:file|data):/.test(request.url())) said.push(`request ${request.url()}`);
      });
      await tab.goto(`file://${file}`);
      for (const details of await tab.locator("details").all())
        await details.evaluate((node) => node.setAttribute("open", ""));
      await tab.evaluate(axe);
      for (const [width, colorScheme] of [
        [1200, "light"],
        [1200, "dark"],
        [390, "dark"],
        [390, "light"],
      ] as const) {
        await tab.setViewportSize({ width, height: 900 });
        await tab.emulateMedia({ colorScheme });
        expect(await tab.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(
          0,
        );
        expect(
          await tab.evaluate(
            "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))",
          ),
        ).toEqual([]);
      }
      expect(said).toEqual([]);
      await context.close();
    },
    60_000,
  );

  test("the status page says what counts, in the order it counts", async () => {
    await writeFile(join(folder, "page.html"), pages["status in the middle"]);
    const tab = await browser.newPage();
    await tab.goto(`file://${join(folder, "page.html")}`);
    expect(await tab.title()).toBe("contoso.com: stage migrate");
    expect(await tab.getByRole("heading", { level: 2 }).allTextContents()).toEqual([
      "Stages",
      "What to do now",
      "2,744 mailboxes",
      "Waves",
      "Waiting periods",
      "Where new mail goes",
      "Failures by cause",
      "Conditions that are waived",
    ]);
    expect(await tab.locator("[aria-current=step]").textContent()).toContain("migrate");
    expect(
      await tab.getByRole("img", { name: /everybody-else: 1,460 of 2,372 mailboxes copied/ }).count(),
    ).toBe(1);
    await tab.close();
  });
});
