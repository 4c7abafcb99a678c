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
  ["waive: a gate that there is not", { waive: [{ gate: "preflights", reason: "typed wrong" }] }],
  ["licenses.group: one that is not there", { licenses: { group: "9d0f6a11-9999-4333-8444-5555aaaa0001" } }],
  ["licenses.disabledPlans: Exchange itself", { licenses: without("efb87545-963c-4e0d-99df-69c6916d9eb0") }],
  [
    "licenses.disabledPlans: one that is not there",
    { licenses: without("00000000-0000-4000-8000-000000000001") },
  ],
  [
    "directory.baseDn: one that is not there",
    { directory: { baseDn: "OU=Nowhere,DC=corp,DC=contoso,DC=com" } },
  ],
  ["directory.bindDn: of nobody", { directory: { bindDn: "CN=nobody,DC=corp,DC=contoso,DC=com" } }],
  ["directory.url: where nobody listens", { directory: { url: "ldaps://127.0.0.1:1" } }],
  ["source.account: one that is not there", { source: { account: "CONTOSO\\nobody" } }],
  ["source.account: of another domain", { source: { account: "FABRIKAM\\migadmin" } }],
  ["dns.key.name: one that the server does not know", { dns: { key: { name: "other" } } }],
] as const;

function wave(name: string, csv: string) {
  return { name, csv };
}

function without(plan: string) {
  return { sku: "ENTERPRISEPACK", usageLocation: "US", disabledPlans: [plan] };
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
      if (run.code === 0 && !unseen && !tolerated.test(typed))
        throw new Violated("5 a mistake is refused", typed);
    },
  }),
];

/** What only shows when it is applied, or where the directory, the tenant or the zone is asked. */
const tolerated =
  /^licenses\.|^licenses: sku: one that|^directory\.|^source\.account: (?:one that|of another)|^dns\.key/;

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
