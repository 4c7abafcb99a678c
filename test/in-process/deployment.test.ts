import { Toys, toy } from "./toy.js";

/** What the engine's source says of steps and their order (pkg/resource/deploy of 3.259); the walk is held to the real one besides. */
describe("the engine inside the process", () => {
  let toys: Toys;
  beforeEach(() => {
    toys = new Toys();
  });
  const a = { name: "a", inputs: { size: 1 } };
  const b = { name: "b", inputs: { size: 1 }, dependencies: [toy("a")] };

  test("creates what is declared, and does nothing the second time", async () => {
    expect(await toys.run([a, b])).toEqual({ succeeded: true, calls: ["create a", "create b"] });
    expect(await toys.run([a, b])).toEqual({ succeeded: true, calls: [] });
  });

  test("does nothing in a preview, and keeps nothing of it", async () => {
    expect(await toys.run([a, b], { dryRun: true })).toEqual({ succeeded: true, calls: [] });
    expect(toys.state).toEqual([]);
  });

  test("deletes what is not declared any more last, and what depends on another before it", async () => {
    await toys.run([a, b, { name: "c", dependencies: [toy("b")] }]);
    expect((await toys.run([{ name: "d" }])).calls).toEqual(["create d", "delete c", "delete b", "delete a"]);
    expect(toys.state).toEqual(["d"]);
  });

  test("replaces by making the new one first", async () => {
    await toys.run([a]);
    const { calls } = await toys.run([{ name: "a", inputs: { fixed: 2 } }, b]);
    expect(calls).toEqual(["create a", "create b", "delete a"]);
    expect(toys.state).toEqual(["a", "b"]);
  });

  test("deletes first where that is asked for, and before it what would be replaced with it", async () => {
    const dependent = { ...b, inputs: { fixedTo: "a" }, propertyDependencies: { fixedTo: [toy("a")] } };
    const loose = { name: "c", inputs: { size: 1 }, dependencies: [toy("a")] };
    await toys.run([a, dependent, loose]);
    const changed = { name: "a", inputs: { fixed: 2 }, deleteBeforeReplace: true };
    const { calls } = await toys.run([changed, dependent, loose]);
    expect(calls).toEqual(["delete b", "delete a", "create a", "create b"]);
    expect(toys.state).toEqual(["a", "b", "c"]);
  });

  test("remembers a replacement whose second half was not done", async () => {
    await toys.run([a]);
    const changed = { name: "a", inputs: { fixed: 2 }, deleteBeforeReplace: true };
    await toys.run([changed], { killAt: ({ op, when }) => op === "create-replacement" && when === "before" });
    expect(toys.state).toEqual(["a to be replaced"]);
    expect((await toys.run([changed])).calls).toEqual(["create a"]);
    expect(toys.state).toEqual(["a"]);
  });

  test("ends at what is refused, and begins nothing after it", async () => {
    const { succeeded, calls } = await toys.run([a, { name: "b", inputs: { refused: "no" } }, { name: "c" }]);
    expect({ succeeded, calls }).toEqual({ succeeded: false, calls: ["create a"] });
    expect(toys.log.lines.join("\n")).toContain("toy:index:Toy resource 'b' has a problem: no");
  });

  test("keeps what is not ready, runs nothing after it, and updates it although nothing changed", async () => {
    toys.unready.add("a");
    expect(await toys.run([a, b])).toEqual({ succeeded: false, calls: ["create a"] });
    expect(toys.state).toEqual(["a not ready"]);
    toys.unready.clear();
    expect((await toys.run([a, b])).calls).toEqual(["update a", "create b"]);
    expect(toys.state).toEqual(["a", "b"]);
  });

  test("says with what inputs an update was done last, not with which it failed", async () => {
    await toys.run([a]);
    toys.unready.add("a");
    await toys.run([{ name: "a", inputs: { size: 2 } }]);
    const [{ inputs, outputs } = { inputs: {}, outputs: {} }] = toys.snapshot.resources;
    expect({ inputs, outputs }).toEqual({ inputs: { size: 1 }, outputs: { size: 2 } });
  });

  test.each(["before", "after"] as const)(
    "makes again what was under way when it was killed %s it was done",
    async (when) => {
      await toys.run([a, b], { killAt: (moment) => moment.when === when && moment.urn === toy("b") });
      expect(toys.state).toEqual(["a"]);
      expect(toys.snapshot.operations.map(({ type, resource }) => `${type} ${resource.urn}`)).toEqual([
        `creating ${toy("b")}`,
      ]);
      expect((await toys.run([a, b])).calls).toEqual(["create b"]);
      // Only a person can say what became of it.
      expect(toys.snapshot.operations).toHaveLength(1);
    },
  );

  test("leaves what is to be retained, and refuses to delete what is protected", async () => {
    await toys.run([{ ...a, retainOnDelete: true }, { name: "b", protect: true }, { name: "c" }]);
    const { succeeded, calls } = await toys.run([]);
    expect({ succeeded, calls }).toEqual({ succeeded: false, calls: ["delete c"] });
    expect(toys.state).toEqual(["b"]);
  });

  test("ignores what it is told to ignore", async () => {
    await toys.run([a]);
    expect((await toys.run([{ name: "a", inputs: { size: 2 }, ignoreChanges: ["size"] }])).calls).toEqual([]);
  });

  test("knows a resource by its former name", async () => {
    await toys.run([a]);
    const renamed = { name: "z", inputs: { size: 1 }, aliases: [{ urn: toy("a") }] };
    expect((await toys.run([renamed])).calls).toEqual([]);
    expect(toys.state).toEqual(["z"]);
  });

  test("takes over what stands under an id, and changes it to what is declared", async () => {
    const imported = { name: "a", importID: "it", inputs: { size: 1 } };
    expect((await toys.run([imported])).calls).toEqual(["read a"]);
    expect((await toys.run([imported])).calls).toEqual([]);
    expect((await toys.run([imported, { ...imported, name: "b", inputs: { size: 2 } }])).calls).toEqual([
      "read b",
      "update b",
    ]);
    expect(toys.state).toEqual(["a", "b"]);
  });

  test("touches nothing but its targets", async () => {
    await toys.run([a, b]);
    const bigger = (goal: typeof a) => ({ ...goal, inputs: { size: 2 } });
    expect((await toys.run([bigger(a), bigger(b)], { targets: [toy("b")] })).calls).toEqual(["update b"]);
    expect((await toys.run([bigger(b)], { targets: [toy("b")] })).calls).toEqual([]);
    expect(toys.state).toContain("a");
  });
});
