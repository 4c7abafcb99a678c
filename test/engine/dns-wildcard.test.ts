import { query, type RecordSet, type RecordType } from "../../src/dns/index.js";
import { parseHostPort } from "../../src/dns/servers.js";
import type { PlanInput } from "../../src/plan/index.js";
import { readPreview, reviewOf } from "../../src/reports/review/index.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const zone = "contoso.com";
const domain = `sales.${zone}`;
const spf = "v=spf1 mx -all";
const at = (name: string): RecordSet[] => [
  { name, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] },
  { name, type: "TXT", ttl: 3600, values: [spf] },
];

/** A domain without a record of its own, in a zone above it whose wildcard answers for it: its first record ends that. */
function opened(zoneRecords: RecordSet[], change: Partial<PlanInput> = {}): Promise<Rehearsal> {
  const {
    waves: [wave1],
    ...rest
  } = smallPlan;
  if (wave1 === undefined) throw new Error("the small plan has a wave");
  return rehearse({
    plan: {
      ...rest,
      domain,
      dns: { ...smallPlan.dns, zone },
      source: { ...smallPlan.source, testMailbox: `pilarp@${domain}` },
      waves: [wave1],
      ...change,
    },
    files: { [wave1.csv]: mailboxes(["pilarp", "tobyn"], domain) },
    zone: [...zoneRecords, { name: `mail.${zone}`, type: "A", ttl: 3600, values: ["192.0.2.10"] }],
  });
}

describe("a domain that a wildcard answers for", () => {
  let rehearsal: Rehearsal;

  beforeAll(async () => {
    rehearsal = await opened(at(`*.${zone}`));
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const answers = async (name: string, type: RecordType) => {
    const { host, port } = parseHostPort(rehearsal.lab.addresses.dns);
    const { records } = await query({ address: host, port }, name, type);
    return records.map(({ value }) => value).sort();
  };

  test("keeps its mail, its SPF policy and those of names below when the proof of ownership is published", async () => {
    await rehearsal.up();
    expect(await answers(domain, "MX")).toEqual(["10 mail.contoso.com"]);
    await rehearsal.stage("verify");
    const run = await rehearsal.up();
    expect(run.diagnostics.map(({ message }) => message).join("\n")).toMatch(
      /the wildcard \*\.contoso\.com answers for sales\.contoso\.com as long as nothing is there/,
    );
    expect(await answers(domain, "MX")).toEqual(["10 mail.contoso.com"]);
    expect(await answers(domain, "TXT")).toEqual([expect.stringMatching(/^MS=/), spf]);
    expect(await answers(`x.${domain}`, "MX")).toEqual(["10 mail.contoso.com"]);
    expect((await rehearsal.lab.state()).alarms).toEqual([]);
  }, 180_000);

  test("and on the way back", async () => {
    await rehearsal.stage("prepare");
    await rehearsal.up();
    expect([await answers(domain, "MX"), await answers(domain, "TXT")]).toEqual([
      ["10 mail.contoso.com"],
      [spf],
    ]);
    expect((await rehearsal.lab.state()).alarms).toEqual([]);
  }, 180_000);
});

describe("the review of a domain that a wildcard answers for", () => {
  const mail = at(`*.${zone}`).filter(({ type }) => type === "MX");
  const beside = { verb: "create", name: `*.${domain}`, type: "MX" };
  const reviewed = async (rehearsal: Rehearsal) =>
    reviewOf(readPreview((await rehearsal.stack.preview()).stdout)).zones.flatMap(({ records }) => records);
  let rehearsal: Rehearsal;
  afterEach(() => rehearsal?.close());

  test("says that the lowered MX is the first record of the domain", async () => {
    rehearsal = await opened(mail, { mx: { migrationTtl: 60 } });
    const own = {
      verb: "ttl",
      name: domain,
      type: "MX",
      before: { ttl: 3600, values: ["10 mail.contoso.com"] },
      after: { ttl: 60, values: ["10 mail.contoso.com"] },
      wildcard: `*.${zone}`,
      meaning: expect.stringMatching(
        /Nothing is at sales\.contoso\.com so far, and the wildcard \*\.contoso\.com answers for it; from now on it has records of its own\.$/,
      ),
    };
    expect(await reviewed(rehearsal)).toMatchObject([beside, own]);
  }, 60_000);

  test("names what is written beside a proof of ownership in the MX, which no preview knows yet", async () => {
    rehearsal = await opened(mail, { verification: "mx" });
    await rehearsal.up();
    await rehearsal.stage("verify");
    expect(await reviewed(rehearsal)).toMatchObject([
      beside,
      { verb: "modify", name: domain, wildcard: `*.${zone}` },
    ]);
  }, 60_000);
});
