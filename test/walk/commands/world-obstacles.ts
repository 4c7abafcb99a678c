import fc from "fast-check";
import { atLeast } from "../../../src/plan/index.js";
import { command, tell } from "../command.js";
import type { Migration } from "../migration.js";
import { licenseGroup } from "../options.js";
import { namesOf, pick } from "./hand.js";
import { nextStage, tried, up } from "./up.js";

/** What an administrator does to the group that carries the licence, and how it is undone. */
const groups = {
  "takes its members from a rule": {
    path: "",
    body: {
      groupTypes: ["DynamicMembership"],
      membershipRule: "user.accountEnabled -eq true",
      membershipRuleProcessingState: "On",
    },
    undo: { groupTypes: [], membershipRule: null },
  },
  "carries no licence": {
    path: "/assignLicense",
    body: { addLicenses: [], removeLicenses: ["6fd2c87f-b296-42f0-b197-1e91e994b900"] },
    undo: licensedWithout(),
  },
  "leaves Exchange Online out": {
    path: "/assignLicense",
    body: licensedWithout("efb87545-963c-4e0d-99df-69c6916d9eb0"),
    undo: licensedWithout(),
  },
} as const;

function licensedWithout(...disabledPlans: readonly string[]) {
  return {
    addLicenses: [{ skuId: "6fd2c87f-b296-42f0-b197-1e91e994b900", disabledPlans }],
    removeLicenses: [],
  };
}

const asGroup = ({ hand }: Migration, path: string, body: unknown) =>
  hand.graph(path === "" ? "PATCH" : "POST", `/groups/${licenseGroup}${path}`, body);

/** What stands in the way of an update for a while. */
export const obstacleCommands = [
  command({
    name: "the domain is somebody else's",
    weight: 1,
    data: fc.constantFrom("organization" as const, "unmanaged" as const),
    possible: ({ reached }) => reached === "prepare",
    typed: (by) =>
      `the domain is in another organization${by === "unmanaged" ? " that nobody manages" : ""}; plan: stage: verify; pulumi up --yes, twice; it is given up there; pulumi up --yes`,
    async run(migration, model, domainHeldBy) {
      const { lab } = migration;
      lab.faults.behave({ domainHeldBy });
      model.stage = "verify";
      model.moved = true;
      await migration.edit((plan) => ({ ...plan, stage: "verify" }));
      await up(migration, model);
      await lab.advance(1000);
      await up(migration, model);
      lab.faults.behave({ domainHeldBy: "nobody" });
      model.moved = true;
      await up(migration, model);
    },
  }),
  command({
    name: "a group that cannot license",
    weight: 4,
    data: fc.constantFrom<keyof typeof groups>(...namesOf(groups)),
    // Nobody is licensed before: a group is first asked for when mailboxes have arrived.
    possible: ({ reached }) => reached !== undefined && atLeast(reached, "migrate"),
    typed: (kind) =>
      `the licence group ${kind}; plan: licenses: group; pulumi up --yes; set back where it is refused; the group as it was`,
    async run(migration, model, kind) {
      const { path, body, undo } = groups[kind];
      const group = (await migration.lab.state()).groups.find(({ id }) => id === licenseGroup);
      // Whoever is licensed by it already would lose the licence.
      if (group === undefined || (path !== "" && group.members.length > 0)) return;
      await asGroup(migration, path, body);
      await tried(migration, model, () =>
        migration.edit((plan) => ({ ...plan, licenses: { group: licenseGroup } })),
      );
      await asGroup(migration, path, undo);
    },
  }),
  command({
    name: "an address held twice",
    weight: 3,
    data: fc.record({ who: fc.nat(999), of: fc.nat(999) }),
    possible: ({ reached }) => reached !== "complete",
    typed: ({ who, of }) =>
      `directory: person ${who} gets the address of person ${of} too; half an hour later plan: stage: the next one; pulumi up --yes; taken away; half an hour later pulumi up --yes`,
    async run(migration, model, { who, of }) {
      const { mailboxes, directory } = await migration.lab.state();
      const holder = pick(mailboxes, of)?.emailAddress;
      const other = pick(
        mailboxes.filter(({ emailAddress }) => emailAddress !== holder),
        who,
      )?.emailAddress;
      const entry = directory.find(({ attributes }) => attributes["mail"]?.[0]?.toLowerCase() === other);
      if (holder === undefined || other === undefined || entry === undefined) return;
      const values = [...(entry.attributes["proxyAddresses"] ?? [])];
      await migration.hand.directory({ action: "alias", address: other, alias: holder });
      tell(model, "user", other);
      await migration.lab.advance(1800);
      await nextStage(migration, model, false);
      await up(migration, model);
      await migration.hand.directory({
        action: "modify",
        address: other,
        attribute: "proxyAddresses",
        values,
      });
      tell(model, "user", other);
      await migration.lab.advance(1800);
      await up(migration, model);
    },
  }),
];
