import {
  type Granularity,
  type HostedMemory,
  type HostedName,
  type HostedRecord,
  type HostedRequest,
  planHosted,
} from "../../src/dns/hosts/index.js";

const name = "contoso.com";
const spf = "v=spf1 mx -all";
const tenantSpf = "v=spf1 include:spf.protection.outlook.com -all";

/** A host that keeps records, and does what a plan declares. */
class Host {
  #records: HostedRecord[];
  #ids = 0;

  constructor(
    readonly granularity: Granularity,
    records: readonly { type: HostedRecord["type"]; values: string[] }[],
    readonly at = name,
  ) {
    this.#records = records.flatMap(({ type, values }) =>
      (granularity === "set" ? [values] : values.map((value) => [value])).map((own) =>
        this.#record(type, own),
      ),
    );
  }

  get live(): HostedName {
    return { records: this.#records, otherTypes: [] };
  }

  values(type: HostedRecord["type"]): string[] {
    return this.#records
      .filter((record) => record.type === type)
      .flatMap(({ values }) => values)
      .sort();
  }

  apply(before: HostedMemory | undefined, { records, clear, drop }: HostedMemory): void {
    const gone = new Set([...clear, ...drop].map(({ importId }) => importId));
    this.#records = this.#records.filter(({ importId }) => !gone.has(importId));
    for (const { type, slot, values, importId } of records) {
      const was = before?.records.find((record) => record.type === type && record.slot === slot);
      const own = this.#records.findIndex(
        (record) =>
          record.importId === importId ||
          (record.type === type && record.values.join() === was?.values.join()),
      );
      const made = this.#record(type, values);
      if (own < 0) this.#records.push(made);
      else this.#records[own] = { ...made, importId: this.#records[own]?.importId ?? made.importId };
    }
  }

  #record(type: HostedRecord["type"], values: string[]): HostedRecord {
    this.#ids += 1;
    return { importId: `id${this.#ids}`, name: this.at, type, ttl: 3600, values, spelling: {} };
  }
}

function walk(host: Host, requests: readonly Partial<HostedRequest>[]): void {
  let previous: { request: HostedRequest; memory: HostedMemory } | undefined;
  for (const part of requests) {
    const request: HostedRequest = { name: host.at, type: "TXT", mode: "merge", values: [], ...part };
    const context = { zone: name, granularity: host.granularity };
    const { memory, refused } = planHosted(host.live, request, { ...context, previous });
    expect(refused).toEqual([]);
    host.apply(previous?.memory, memory);
    previous = { request, memory };
    const again = planHosted(host.live, request, { ...context, previous });
    expect(again.memory).toEqual(memory);
  }
}

describe.each(["value", "set"] as const)(
  "a second run plans nothing, where a host keeps each %s as an object",
  (granularity) => {
    test("the apex TXT set: adopted, proved, SPF merged, all taken back", () => {
      const host = new Host(granularity, [{ type: "TXT", values: [spf, "other"] }]);
      walk(host, [{}, { values: ["MS=ms1"] }, { values: ["MS=ms1", tenantSpf] }]);
      expect(host.values("TXT")).toEqual([
        "MS=ms1",
        "other",
        "v=spf1 mx include:spf.protection.outlook.com -all",
      ]);
      const back = new Host(granularity, [{ type: "TXT", values: [spf, "other"] }]);
      walk(back, [{}, { values: ["MS=ms1"] }, { values: ["MS=ms1", tenantSpf] }, { values: ["MS=ms1"] }, {}]);
      expect(back.values("TXT")).toEqual(["other", spf]);
    });

    test("an apex without TXT gets ours and is empty again afterwards", () => {
      const host = new Host(granularity, []);
      walk(host, [{}, { values: ["MS=ms1"] }]);
      expect(host.values("TXT")).toEqual(["MS=ms1"]);
    });

    test.each([
      [
        "addresses",
        [
          { type: "A" as const, values: ["192.0.2.1", "192.0.2.2"] },
          { type: "AAAA" as const, values: ["2001:db8::1"] },
        ],
      ],
      ["a CNAME", [{ type: "CNAME" as const, values: ["mail.contoso.com"] }]],
      ["nothing", []],
    ])("autodiscover over %s, there and back", (_, before) => {
      const host = new Host(granularity, before, `autodiscover.${name}`);
      const there = {
        type: "CNAME",
        mode: "exact",
        ttl: 3600,
        values: ["autodiscover.outlook.com"],
      } as const;
      walk(host, [{ type: "CNAME", mode: "follow" }, there]);
      expect(host.live.records.map(({ type, values }) => [type, values])).toEqual([
        ["CNAME", ["autodiscover.outlook.com"]],
      ]);
      const returned = new Host(granularity, before, `autodiscover.${name}`);
      walk(returned, [{ type: "CNAME", mode: "follow" }, there, { type: "CNAME", mode: "follow" }]);
      for (const type of ["A", "AAAA", "CNAME"] as const)
        expect(returned.values(type)).toEqual(before.find((set) => set.type === type)?.values ?? []);
    });
  },
);
