import fc from "fast-check";
import type { LabState } from "../../../lab/index.js";
import { command, tell } from "../command.js";
import { nameExchange, usualExchange } from "../invariants/as-planned.js";
import type { Migration } from "../migration.js";
import { doneByHand, namesOf, pick } from "./hand.js";

const drawn = fc.nat(999);

/** EXCHANGE_S_ENTERPRISE: off where a company has begun with other services of the subscription. */
const exchangePlan = "efb87545-963c-4e0d-99df-69c6916d9eb0";

/** What Graph refuses an administrator is left at that. */
async function tried(act: Promise<unknown>): Promise<boolean> {
  return act.then(
    () => true,
    () => false,
  );
}

const listedIn = (migration: Migration): ReadonlySet<string> =>
  new Set(migration.plan.waves.flatMap(({ csv }) => migration.list(csv)));

/** How many seats a subscription gets. */
const seatsOf = {
  "one less than are taken": ({ consumed }: LabState["licenses"][number]) => Math.max(0, consumed - 1),
  "none free": ({ consumed }: LabState["licenses"][number]) => consumed,
  "one free": ({ consumed }: LabState["licenses"][number]) => consumed + 1,
} as const;

/** What administrators do in the tenant beside the program: licences, seats, domains, the endpoint. */
export const tenantCommands = [
  command({
    name: "a licence taken away by hand",
    weight: 1,
    data: drawn,
    possible: ({ reached }) => reached !== undefined,
    typed: (who) => `Graph: assignLicense, person ${who}: all removed`,
    async run(migration, model, who) {
      const { mailboxes } = await migration.lab.state();
      const person = pick(
        mailboxes.filter(({ licenses }) => licenses.length > 0),
        who,
      );
      if (person === undefined) return;
      const change = { addLicenses: [], removeLicenses: person.licenses };
      const { id, emailAddress } = person;
      if (!(await tried(migration.hand.graph("POST", `/users/${id}/assignLicense`, change)))) return;
      tell(model, "licence", emailAddress, "removed");
      model.takenLicences.add(id);
      // Whom no list names nobody asks mailstage to license.
      if (listedIn(migration).has(emailAddress)) return;
      model.byHand.add(`mailbox-disabled ${emailAddress}`);
      model.byHand.add(`mail-lost ${emailAddress}`);
    },
  }),
  command({
    name: "a licence given by hand",
    weight: 1,
    data: fc.record({ who: drawn, which: drawn }),
    possible: () => true,
    typed: ({ who, which }) => `Graph: assignLicense, person ${who}: subscription ${which} added`,
    async run(migration, model, { who, which }) {
      const { mailboxes, licenses } = await migration.lab.state();
      const [person, sku] = [pick(mailboxes, who), pick(licenses, which)];
      if (person === undefined || sku === undefined) return;
      const user = `/users/${person.id}`;
      const change = { addLicenses: [{ skuId: sku.skuId }], removeLicenses: [] };
      // Nobody is licensed without a location.
      if (person.usageLocation === undefined)
        await migration.hand.graph("PATCH", user, { usageLocation: "US" });
      await doneByHand(migration, model, /^licence-before-migration /, async () => {
        if (await tried(migration.hand.graph("POST", `${user}/assignLicense`, change)))
          tell(model, "licence", person.emailAddress, "added");
      });
    },
  }),
  command({
    name: "a licence without Exchange by hand",
    weight: 2,
    data: fc.nat(999),
    possible: () => true,
    typed: (who) => `Graph: assignLicense, person ${who}: ENTERPRISEPACK without EXCHANGE_S_ENTERPRISE`,
    async run(migration, model, who) {
      const { mailboxes, licenses } = await migration.lab.state();
      const person = pick(
        mailboxes.filter((one) => one.licenses.length === 0),
        who,
      );
      const sku = licenses.find(({ skuPartNumber }) => skuPartNumber === "ENTERPRISEPACK");
      if (person === undefined || sku === undefined) return;
      const user = `/users/${person.id}`;
      const added = [{ skuId: sku.skuId, disabledPlans: [exchangePlan] }];
      if (person.usageLocation === undefined)
        await migration.hand.graph("PATCH", user, { usageLocation: "US" });
      const change = { addLicenses: added, removeLicenses: [] };
      if (await tried(migration.hand.graph("POST", `${user}/assignLicense`, change)))
        tell(model, "licence", person.emailAddress, "added");
    },
  }),
  command({
    name: "a usage location by hand",
    weight: 1,
    data: fc.record({ who: drawn, usageLocation: fc.constantFrom("FR", "US") }),
    possible: () => true,
    typed: ({ who, usageLocation }) => `Graph: person ${who}: usageLocation ${usageLocation}`,
    async run(migration, model, { who, usageLocation }) {
      const person = pick((await migration.lab.state()).mailboxes, who);
      if (person === undefined) return;
      tell(model, "user", person.emailAddress);
      await migration.hand.graph("PATCH", `/users/${person.id}`, { usageLocation });
    },
  }),
  command({
    name: "a member of the licence group by hand",
    weight: 1,
    data: fc.record({ who: drawn, add: fc.boolean() }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ who, add }) => `Graph: licence group: person ${who} ${add ? "added" : "taken out"}`,
    async run(migration, model, { who, add }) {
      const { mailboxes, groups } = await migration.lab.state();
      const [group] = groups;
      const person = pick(
        mailboxes.filter(({ id }) => group?.members.includes(id) === !add),
        who,
      );
      if (group === undefined || person === undefined) return;
      const { id, emailAddress } = person;
      // Who is licensed before the mailbox is there gets none.
      if (add && person.mailboxCreatedAt === undefined)
        model.byHand.add(`licence-before-migration ${emailAddress}`);
      const done = await tried(
        add
          ? migration.hand.graph("POST", `/groups/${group.id}/members/$ref`, {
              "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
            })
          : migration.hand.graph("DELETE", `/groups/${group.id}/members/${id}/$ref`),
      );
      if (!done) return;
      tell(model, "group", emailAddress, add ? "added" : "removed");
      if (!add) model.takenLicences.add(id);
      if (add || listedIn(migration).has(emailAddress)) return;
      model.byHand.add(`mailbox-disabled ${emailAddress}`);
      model.byHand.add(`mail-lost ${emailAddress}`);
    },
  }),
  command({
    name: "seats run out",
    weight: 1,
    data: fc.record({ which: drawn, to: fc.constantFrom<keyof typeof seatsOf>(...namesOf(seatsOf)) }),
    possible: () => true,
    typed: ({ which, to }) => `subscription ${which}: seats: ${to}`,
    async run(migration, model, { which, to }) {
      const sku = pick((await migration.lab.state()).licenses, which);
      if (sku === undefined) return;
      tell(model, "seats", sku.skuPartNumber);
      await migration.hand.setSeats(sku.skuId, seatsOf[to](sku));
    },
  }),
  command({
    name: "seats are bought",
    weight: 2,
    data: fc.constant(undefined),
    possible: ({ moves }) => moves.some(({ what }) => what === "seats"),
    typed: () => "seats for everybody are bought of each subscription",
    async run(migration, model) {
      const { licenses, mailboxes } = await migration.lab.state();
      for (const { skuId, skuPartNumber } of licenses) {
        tell(model, "seats", skuPartNumber);
        await migration.hand.setSeats(skuId, mailboxes.length + 5);
      }
    },
  }),
  command({
    name: "the domain by hand",
    weight: 1,
    data: fc.constantFrom("Email off", "Email on", "default", "deleted", "verified", "added"),
    possible: () => true,
    typed: (change) => `admin centre: domain: ${change}`,
    async run(migration, model, change) {
      const { domain } = migration.plan;
      const { hand } = migration;
      const path = `/domains/${domain}`;
      const act = () => {
        switch (change) {
          case "Email off":
            return hand.graph("PATCH", path, { supportedServices: [] });
          case "Email on":
            return hand.graph("PATCH", path, { supportedServices: ["Email"] });
          case "default":
            return hand.graph("PATCH", path, { isDefault: true });
          case "deleted":
            return hand.graph("DELETE", path);
          case "verified":
            return hand.graph("POST", `${path}/verify`, {});
          default:
            return hand.graph("POST", "/domains", { id: domain });
        }
      };
      const how = change === "deleted" ? "removed" : change === "added" ? "added" : "changed";
      await doneByHand(migration, model, /^mail-lost /, async () => {
        if (await tried(act())) tell(model, "domain", domain, how);
      });
    },
  }),
  command({
    name: "the tenant names other records",
    weight: 1,
    data: fc.constantFrom("another preference", "no autodiscover", "the usual"),
    possible: ({ reached }) => reached !== undefined,
    typed: (named) => `admin centre: the domain's records: ${named}`,
    async run(migration, model, named) {
      const { domain } = migration.plan;
      const { domains } = await migration.lab.state();
      if (!domains.some(({ id }) => id === domain)) return;
      tell(model, "domain", domain);
      nameExchange(model, domain, usualExchange(domain));
      await migration.hand.setNamed(
        domain,
        named === "another preference"
          ? { preference: 10 }
          : named === "no autodiscover"
            ? { autodiscover: null }
            : {},
      );
    },
  }),
  command({
    name: "the endpoint by hand",
    weight: 1,
    data: fc.record({ at: drawn, change: fc.constantFrom("Set", "Remove") }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ at, change }) =>
      `${change}-MigrationEndpoint, endpoint ${at}${change === "Set" ? ": MaxConcurrentMigrations 5" : ""}`,
    async run(migration, model, { at, change }) {
      const endpoint = pick((await migration.lab.state()).endpoints, at);
      if (endpoint === undefined) return;
      const parameters = change === "Set" ? { MaxConcurrentMigrations: "5", SkipVerification: true } : {};
      const done = await tried(
        migration.hand.cmdlet(`${change}-MigrationEndpoint`, { Identity: endpoint.name, ...parameters }),
      );
      if (done) tell(model, "endpoint", endpoint.name, change === "Set" ? "changed" : "removed");
    },
  }),
];
