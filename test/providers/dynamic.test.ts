import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { z } from "zod";
import { dynamicProvider } from "../../providers/dynamic.js";

/** The adapter as Pulumi's plugin calls it, in a preview in which something is not known yet. */
describe("the difference of a resource whose inputs are not all known yet", () => {
  const asked: unknown[] = [];
  const border = {
    inputs: z.object({
      name: z.string(),
      values: z.array(z.string()),
      tenant: z.array(z.string()),
      former: z.array(z.string()).optional(),
    }),
    outputs: z.object({ waiting: z.array(z.string()) }),
    ignoreChanges: ["tenant", "former"],
  } as const;
  const provider = dynamicProvider(border, {
    async pending(_cx, inputs) {
      asked.push(inputs);
      return false;
    },
    reconcile: async () => ({ id: "x", outputs: { waiting: [] } }),
    read: async (_cx, inputs, outputs) => ({ inputs, outputs }),
    async delete() {},
  });
  const olds = { name: "mx", values: ["10 a."], tenant: ["0 old."], waiting: ["ns1 answers nothing"] };
  const diff = async (news: object) => provider.diff?.("x", olds, { ...olds, waiting: undefined, ...news });
  beforeEach(() => asked.splice(0));

  test.each([
    { what: "an ignored input", news: { tenant: unknownValue }, tenant: ["0 old."] },
    { what: "a part of an ignored input", news: { tenant: ["0 new.", unknownValue] }, tenant: ["0 old."] },
    { what: "one that was not there before", news: { former: unknownValue }, tenant: ["0 old."] },
    { what: "nothing", news: { tenant: ["0 new."] }, tenant: ["0 new."] },
  ])("$what unknown: asks whether an update gets further, with what was applied last", async (row) => {
    expect(await diff(row.news)).toMatchObject({ changes: false, replaces: [] });
    expect(asked).toEqual([{ name: "mx", values: ["10 a."], tenant: row.tenant }]);
  });

  test("any other input unknown is a change, and nothing is asked", async () => {
    expect(await diff({ values: unknownValue })).toMatchObject({ changes: true, replaces: [] });
    expect(await diff({ values: ["10 a.", unknownValue] })).toMatchObject({ changes: true });
    expect(asked).toEqual([]);
  });
});
