import fc from "fast-check";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import { applyChosen, typedChosen } from "../options.js";
import { chosen } from "../shape.js";
import { tried } from "./up.js";

/** Plans that are wrong, as they are typed: what a reviewer should never have to find out. */
const mistakes = [
  ["stage: finished", { stage: "finished" }],
  ["domain: fabrikam.com", { domain: "fabrikam.com" }],
  ["tenant.id: another organization", { tenant: { id: "0a1b2c3d-9999-4222-8333-444455556666" } }],
  ["waves: []", { waves: [] }],
  ["waves: two of one name", { waves: [wave("a", "a.csv"), wave("A", "b.csv")] }],
  ["waves[0].csv: one that is not there", { waves: [wave("wave1", "mailboxes/nowhere.csv")] }],
  ["waive: without a reason", { waive: [{ gate: "preflight", reason: "" }] }],
  ["spf: yes", { spf: true }],
  ["mx.migrationTtl: 86400", { mx: { migrationTtl: 86_400 } }],
  ["licenses: sku and group", { licenses: { sku: "ENTERPRISEPACK", group: "x" } }],
  ["licenses: sku: one that is not there", { licenses: { sku: "NO_SUCH_SKU", usageLocation: "US" } }],
  ["lisences: …", { lisences: {} }],
  ["source.account: of nobody", { source: { account: "migadmin" } }],
] as const;

function wave(name: string, csv: string) {
  return { name, csv };
}

/** What the user edits in the plan. */
export const userPlanCommands = [
  command({
    name: "an option",
    weight: 6,
    data: chosen("free"),
    possible: () => true,
    typed: typedChosen,
    async run(migration, model, choice) {
      model.moved = true;
      await migration.edit((plan) => applyChosen(plan, choice));
    },
  }),
  command({
    name: "an option tried",
    weight: 5,
    data: fc.record({ choice: chosen("free", "trial"), leave: fc.constantFrom(false, false, false, true) }),
    possible: () => true,
    typed: ({ choice, leave }) =>
      `${typedChosen(choice)}; pulumi up --yes${leave ? "" : "; set back where it is refused"}`,
    run: (migration, model, { choice, leave }) =>
      tried(migration, model, () => migration.edit((plan) => applyChosen(plan, choice)), leave),
  }),
  command({
    name: "a mistake in the plan",
    weight: 2,
    data: fc.nat(mistakes.length - 1),
    possible: () => true,
    typed: (at) => `plan: ${mistakes[at]?.[0]}; pulumi preview; and as it was`,
    async run(migration, model, at) {
      const [typed, wrong] = mistakes[at] ?? ["", {}];
      await migration.mistype((plan) => ({ ...plan, ...merged(plan, wrong) }));
      const run = await migration.stack.preview();
      migration.last = run;
      await migration.edit((plan) => plan);
      // Before the tenant is spoken to, nothing shows that it is another one.
      const unseen = typed.startsWith("tenant.id") && (model.reached ?? "prepare") === "prepare";
      if (run.code === 0 && !unseen && !tolerated.has(typed))
        throw new Violated("5 a mistake is refused", typed);
    },
  }),
];

/** What only shows when it is applied. */
const tolerated = new Set<string>(["licenses: sku: one that is not there"]);

/** One level of a plan with the wrong fields among the right ones. */
function merged(plan: object, wrong: object): object {
  return Object.fromEntries(
    Object.entries(wrong).map(([key, value]) => {
      const before: unknown = Reflect.get(plan, key);
      const both = isPlain(before) && isPlain(value) && key !== "licenses";
      return [key, both ? { ...before, ...value } : value];
    }),
  );
}

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
