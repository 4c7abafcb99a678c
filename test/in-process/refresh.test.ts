import { changesOf } from "../engine/by-hand.js";
import { rehearse } from "../engine/rehearsal.js";
import { InProcessStack } from "./stack.js";

test("right after retire, while Exchange still removes the batches, a refresh finds nothing", async () => {
  const rehearsal = await rehearse({
    createStack: (options, lab) =>
      InProcessStack.create({ ...options, wait: async (ms) => lab.clock.advance(ms / 1000) }),
  });
  try {
    await rehearsal.reach("retire");
    const { batches } = await rehearsal.lab.state();
    expect(batches.map(({ status }) => status)).toEqual(["Removing", "Removing"]);
    const refresh = await rehearsal.stack.refresh();
    expect(refresh).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(refresh)).toEqual([]);
  } finally {
    await rehearsal.close();
  }
}, 240_000);
