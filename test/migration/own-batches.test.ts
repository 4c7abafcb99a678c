import { batchGuids, isThatBatch, ownBatches } from "../../src/migration/batch-identity.js";
import { migrationBatch } from "./migration-batch.js";

const guid = "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34";
const another = "11111111-9a3b-4d51-8f6e-2b7a1c0d9e34";

describe("which of the batches of a wave's names are its own", () => {
  const sales = migrationBatch({ name: "sales", guid });
  const second = migrationBatch({ name: "sales-2", guid: another });

  test("is told by Exchange's ids: only what this stack made is deleted", () => {
    const names = ["sales", "sales-2", "sales-3"];
    expect(ownBatches(names, [sales, second, undefined], { sales: guid, "sales-2": guid })).toEqual({
      own: [sales],
      others: ["sales-2"],
    });
  });

  test("is told of an adopted batch whose name Exchange spells otherwise, by the ids that an earlier version kept", () => {
    expect(isThatBatch({ guids: { Sales: another } }, "sales", sales)).toBe(false);
    expect(isThatBatch({ guids: { Sales: guid.toUpperCase() } }, "sales", sales)).toBe(true);
  });

  test("is nobody's of whom state has no id; by the name alone one is told where neither has any", () => {
    expect(ownBatches(["sales"], [sales], {})).toEqual({ own: [], others: ["sales"] });
    const nameless = migrationBatch({ name: "sales", guid: undefined });
    expect(ownBatches(["sales"], [nameless], {}).own).toEqual([nameless]);
    // An answer without what it had before is not believed: nothing is deleted by it.
    expect(ownBatches(["sales"], [nameless], { sales: guid })).toEqual({ own: [], others: ["sales"] });
  });

  test("is kept by the plan's names, of a batch that is gone too: what takes its name is another one", () => {
    const adopted = migrationBatch({ name: "Sales", guid });
    expect(
      batchGuids(["sales", "sales-2"], [adopted, undefined], { Sales: another, "SALES-2": another }),
    ).toEqual({
      sales: guid,
      "sales-2": another,
    });
  });
});
