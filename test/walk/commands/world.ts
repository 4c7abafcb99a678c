import fc from "fast-check";
import { command } from "../command.js";
import { batchCommands } from "./world-batches.js";
import { obstacleCommands } from "./world-obstacles.js";
import { peopleCommands } from "./world-people.js";
import { tenantCommands } from "./world-tenant.js";
import { zoneCommands } from "./world-zone.js";

/** What happens beside the program. */
export const worldCommands = [
  command({
    name: "time",
    weight: 12,
    data: fc.constantFrom(0.3, 1, 25, 49, 74, 24 * 10, 24 * 20),
    possible: () => true,
    typed: (hours) => `${hours} hours pass`,
    async run({ lab }, model, hours) {
      model.moved = true;
      await lab.advance(hours * 3600);
    },
  }),
  command({
    name: "months",
    weight: 1,
    // Batches expire after 60 days, and are gone 90 days later.
    data: fc.constantFrom(61, 151),
    possible: ({ reached }) => reached !== undefined,
    typed: (days) => `${days} days pass`,
    async run({ lab }, model, days) {
      model.moved = true;
      await lab.advance(days * 86_400);
    },
  }),
  ...batchCommands,
  ...zoneCommands,
  ...tenantCommands,
  ...peopleCommands,
  ...obstacleCommands,
];
