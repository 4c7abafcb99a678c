import { query, type RecordSet, type RecordType } from "../../src/dns/index.js";
import { parseHostPort } from "../../src/dns/servers.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const zone = "contoso.com";
const domain = `sales.${zone}`;
const spf = "v=spf1 mx -all";
const at = (name: string): RecordSet[] => [
  { name, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] },
  { name, type: "TXT", ttl: 3600, values: [spf] },
];

/** A domain without a record of its own, in a zone above it whose wildcard answers for it: its first record ends that. */
describe("a domain that a wildcard answers for", () => {
  let rehearsal: Rehearsal;

  beforeAll(async () => {
    const {
      waves: [wave1],
      ...rest
    } = smallPlan;
    if (wave1 === undefined) throw new Error("the small plan has a wave");
    rehearsal = await rehearse({
      plan: {
        ...rest,
        domain,
        dns: { ...smallPlan.dns, zone },
        source: { ...smallPlan.source, testMailbox: `pilarp@${domain}` },
        waves: [wave1],
      },
      files: { [wave1.csv]: mailboxes(["pilarp", "tobyn"], domain) },
      zone: [...at(`*.${zone}`), { name: `mail.${zone}`, type: "A", ttl: 3600, values: ["192.0.2.10"] }],
    });
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
