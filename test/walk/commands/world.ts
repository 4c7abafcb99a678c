import fc from "fast-check";
import { command, tell } from "../command.js";

/** What happens beside the program. */
export const worldCommands = [
  command({
    name: "time",
    weight: 8,
    data: fc.constantFrom(0.3, 1, 25, 49, 74, 24 * 20),
    possible: () => true,
    typed: (hours) => `${hours} hours pass`,
    async run({ lab }, model, hours) {
      model.moved = true;
      await lab.advance(hours * 3600);
    },
  }),
  command({
    name: "a batch removed by hand",
    weight: 1,
    data: fc.constantFrom("wave1", "wave2"),
    possible: () => true,
    typed: (name) => `Remove-MigrationBatch ${name}`,
    async run({ lab, hand }, model, name) {
      if (!(await lab.state()).batches.some((batch) => batch.name === name)) return;
      tell(model, "batch", name, "removed");
      model.byHand.add(`batch-removed-early ${name}`);
      await hand.batch(name, "remove");
    },
  }),
  command({
    name: "a batch stopped by hand",
    weight: 1,
    data: fc.constantFrom("wave1", "wave2"),
    possible: () => true,
    typed: (name) => `Stop-MigrationBatch ${name}`,
    async run({ lab, hand }, model, name) {
      if (!(await lab.state()).batches.some((batch) => batch.name === name)) return;
      tell(model, "batch", name);
      await hand.batch(name, "stop").catch(() => undefined);
    },
  }),
  command({
    name: "a TTL by hand",
    weight: 1,
    data: fc.record({ type: fc.constantFrom("MX", "TXT"), ttl: fc.constantFrom(300, 7200, 86_400) }),
    possible: () => true,
    typed: ({ type, ttl }) => `zone: ${type} contoso.com: TTL ${ttl}`,
    async run({ lab, hand }, model, { type, ttl }) {
      const set = (await lab.state()).zone.find((one) => one.name === "contoso.com" && one.type === type);
      if (set === undefined) return;
      tell(model, "record", `${type} contoso.com`);
      await hand.setRecordSet({ ...set, ttl });
    },
  }),
  command({
    name: "another text by hand",
    weight: 1,
    data: fc.constantFrom("google-site-verification=abc", "vendor=1"),
    possible: () => true,
    typed: (text) => `zone: TXT contoso.com: ${text} added`,
    async run({ lab, hand }, model, text) {
      const set = (await lab.state()).zone.find((one) => one.name === "contoso.com" && one.type === "TXT");
      if (set === undefined || set.values.includes(text)) return;
      tell(model, "record", "TXT contoso.com");
      await hand.setRecordSet({ ...set, values: [...set.values, text] });
    },
  }),
];
