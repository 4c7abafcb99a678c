import fc from "fast-check";
import type { LabState } from "../../../lab/index.js";
import { command, type Model, tell } from "../command.js";
import type { Migration } from "../migration.js";
import { doneByHand, recordAt } from "./hand.js";

type RecordSet = LabState["zone"][number];

/** What hands have changed in a zone, as it was before: so that it can come back. */
const before = new WeakMap<Model, RecordSet[]>();

/** Sets a record set by hand; no value removes it. `harms` are those that follow at once. */
async function set(
  migration: Migration,
  model: Model,
  was: RecordSet | undefined,
  to: RecordSet,
  harms: RegExp,
): Promise<void> {
  const kept = before.get(model) ?? [];
  before.set(model, [...kept, was ?? { ...to, values: [] }]);
  const how = was === undefined ? "added" : to.values.length === 0 ? "removed" : "changed";
  tell(model, "record", `${to.type} ${to.name}`, how);
  // Where a wildcard has answered for the domain, its first record, or one below it, ends that.
  const all = was === undefined ? new RegExp(`${harms.source}|${withoutMx.source}`) : harms;
  await doneByHand(migration, model, all, () => migration.hand.setRecordSet(to));
  // A second name server tells what it had until it transfers the zone: that nobody has an MX shows only then.
  const late = `mail-lost ${migration.plan.domain} without MX`;
  if (migration.shape.secondary && all.test(late) && (await recordAt(migration, "MX")) === undefined)
    model.byHand.add(late);
}

const none = /^$/;
const withoutMx = /^mail-lost \S+ without MX$/;
const isSpf = (text: string) => /^v=spf1(\s|$)/i.test(text);

/** What administrators do in the zone beside the program. */
export const zoneCommands = [
  command({
    name: "a TTL by hand",
    weight: 1,
    data: fc.record({ type: fc.constantFrom("MX", "TXT"), ttl: fc.constantFrom(0, 60, 300, 7200, 86_400) }),
    possible: () => true,
    typed: ({ type, ttl }) => `zone: ${type} of the domain: TTL ${ttl}`,
    async run(migration, model, { type, ttl }) {
      const was = await recordAt(migration, type);
      // Neither Azure nor Cloudflare takes a TTL of 0 from anybody.
      const taken = ttl > 0 || ["rfc2136", "manual"].includes(migration.shape.host);
      if (was === undefined || was.ttl === ttl || !taken) return;
      await set(migration, model, was, { ...was, ttl }, none);
    },
  }),
  command({
    name: "another text by hand",
    weight: 1,
    data: fc.constantFrom("google-site-verification=abc", "vendor=1"),
    possible: () => true,
    typed: (text) => `zone: TXT of the domain: ${text} added`,
    async run(migration, model, text) {
      const was = await recordAt(migration, "TXT");
      if (was?.values.includes(text) === true) return;
      const { domain } = migration.plan;
      const to = was ?? { name: domain, type: "TXT", ttl: 3600, values: [] };
      await set(migration, model, was, { ...to, values: [...to.values, text] }, none);
    },
  }),
  command({
    name: "the sender policy by hand",
    weight: 1,
    data: fc.constantFrom("a sender more", "none", "a second one"),
    possible: () => true,
    typed: (change) => `zone: SPF of the domain: ${change}`,
    async run(migration, model, change) {
      const was = await recordAt(migration, "TXT");
      if (was === undefined || !was.values.some(isSpf)) return;
      const values =
        change === "a second one"
          ? [...was.values, "v=spf1 ip4:192.0.2.99 -all"]
          : change === "none"
            ? was.values.filter((value) => !isSpf(value))
            : was.values.map((value) =>
                isSpf(value) ? value.replace(/^v=spf1/i, "v=spf1 ip4:192.0.2.77") : value,
              );
      await set(migration, model, was, { ...was, values: [...new Set(values)] }, /^second-spf /);
    },
  }),
  command({
    name: "the proof of ownership removed by hand",
    weight: 1,
    data: fc.constant(undefined),
    possible: ({ reached }) => reached !== undefined,
    typed: () => "zone: TXT MS=… of the domain: removed",
    async run(migration, model) {
      const was = await recordAt(migration, "TXT");
      if (was?.values.some((value) => value.startsWith("MS=")) !== true) return;
      const values = was.values.filter((value) => !value.startsWith("MS="));
      await set(migration, model, was, { ...was, values }, none);
    },
  }),
  command({
    name: "the MX by hand",
    weight: 1,
    data: fc.constantFrom("none", "on premises", "a second one", "a filter", "at Microsoft"),
    possible: () => true,
    typed: (to) => `zone: MX of the domain: ${to}`,
    async run(migration, model, to) {
      const { domain } = migration.plan;
      const was = await recordAt(migration, "MX");
      const own = `10 mail.${domain}`;
      const cloud = `0 ${domain.replaceAll(".", "-")}.mail.protection.outlook.com`;
      const now = was?.values ?? [];
      const values =
        to === "none"
          ? []
          : to === "on premises"
            ? [own]
            : to === "at Microsoft"
              ? [cloud]
              : to === "a filter"
                ? ["5 filter.fabrikam.com"]
                : [...now, `20 mail2.${domain}`];
      if (values.join() === now.join() || new Set(values).size < values.length) return;
      const set_ = { name: domain, type: "MX", ttl: was?.ttl ?? 3600, values };
      // Mail that goes where nobody takes it, from the moment at which the MX says so.
      await set(migration, model, was, set_, /^mail-lost /);
    },
  }),
  command({
    name: "autodiscover by hand",
    weight: 1,
    data: fc.constantFrom("none", "elsewhere", "an address"),
    possible: () => true,
    typed: (to) => `zone: autodiscover: ${to}`,
    async run(migration, model, to) {
      const name = `autodiscover.${migration.plan.domain}`;
      const [cname, address] = [
        await recordAt(migration, "CNAME", "autodiscover"),
        await recordAt(migration, "A", "autodiscover"),
      ];
      for (const was of [cname, address])
        if (was !== undefined) await set(migration, model, was, { ...was, values: [] }, none);
      if (to === "none") return;
      const made =
        to === "an address"
          ? { type: "A", values: ["192.0.2.81"] }
          : { type: "CNAME", values: [`www.${migration.plan.domain}`] };
      await set(migration, model, undefined, { name, ttl: 3600, ...made }, none);
    },
  }),
  command({
    name: "a wildcard by hand",
    weight: 1,
    data: fc.constantFrom("A", "TXT", "MX"),
    possible: () => true,
    typed: (type) => `zone: ${type} *: added`,
    async run(migration, model, type) {
      const { domain } = migration.plan;
      if ((await recordAt(migration, type, "*")) !== undefined) return;
      const value = { A: "192.0.2.82", TXT: "anything", MX: `10 mail.${domain}` }[type] ?? "";
      await set(migration, model, undefined, { name: `*.${domain}`, type, ttl: 3600, values: [value] }, none);
    },
  }),
  command({
    name: "the zone set back by hand",
    weight: 3,
    data: fc.constant(undefined),
    possible: (model) => (before.get(model) ?? []).length > 0,
    typed: () => "zone: what was last changed by hand is set back",
    async run(migration, model) {
      const kept = before.get(model) ?? [];
      const last = kept.at(-1);
      if (last === undefined) return;
      before.set(model, kept.slice(0, -1));
      tell(model, "record", `${last.type} ${last.name}`, last.values.length === 0 ? "removed" : "changed");
      await doneByHand(migration, model, /^(mail-lost|second-spf) /, () => migration.hand.setRecordSet(last));
    },
  }),
];
