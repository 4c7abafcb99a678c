import { changesOf } from "../engine/by-hand.js";
import { rehearse } from "../engine/rehearsal.js";
import { InProcessStack } from "./stack.js";

test("right after retire, while Exchange still removes the batches, a refresh finds nothing", async () => {
  const rehearsal = await rehearse({
    createStack: (options, lab) => InProcessStack.against(() => lab, options),
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

test("an update that refreshes first lets go of what it deletes", async () => {
  const rehearsal = await rehearse({
    createStack: (options, lab) => InProcessStack.against(() => lab, options),
  });
  try {
    await rehearsal.reach("route");
    await rehearsal.lab.advance(4 * 86_400);
    await rehearsal.stage("retire");
    const retired = await rehearsal.stack.run("up", "--yes", "--refresh");
    expect(retired).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(retired)).toEqual(expect.arrayContaining(["delete wave1", "delete wave2"]));
    expect(changesOf(await rehearsal.stack.preview())).toEqual([]);
  } finally {
    await rehearsal.close();
  }
}, 240_000);
