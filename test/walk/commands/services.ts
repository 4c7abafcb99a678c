import fc from "fast-check";
import { type FaultKind, faultKinds } from "../../../lab/faults.js";
import type { BehaviourChange, FaultRule } from "../../../lab/index.js";
import { command, tell } from "../command.js";
import { laterExchange, nameExchange, usualExchange } from "../invariants/as-planned.js";
import { namesOf } from "./hand.js";
import { up } from "./up.js";

/** A fault as it is drawn. */
interface Trouble {
  readonly service: "authority" | "graph" | "exchange" | "directory" | "dns" | "cloudflare" | "azure";
  readonly kind: FaultKind;
  readonly skip: number;
  readonly count: number;
}

/** What takes no real time: no `hang`, for which `killed` is there. */
const kinds = faultKinds.filter((kind) => !/^(redirect|hang)/.test(kind));

/** DNS and the directory have fewer: what is lost there is waited for in real time. */
const kindsOf = (service: Trouble["service"]): readonly Trouble["kind"][] =>
  service === "dns" ? ["503", "slow"] : service === "directory" ? ["503", "reset", "reset-after"] : kinds;

// Not by `chain`: what it has drawn cannot be told to be its own when a kept walk is read.
const trouble: fc.Arbitrary<Trouble> = fc
  .record({
    service: fc.constantFrom<Trouble["service"]>(
      "authority",
      "graph",
      "graph",
      "exchange",
      "exchange",
      "directory",
      "directory",
      "dns",
      "dns",
      "cloudflare",
      "azure",
    ),
    kind: fc.constantFrom(...kinds),
    skip: fc.nat(20),
    count: fc.integer({ min: 1, max: 6 }),
  })
  .filter(({ service, kind }) => kindsOf(service).includes(kind));

const ruleOf = (one: Trouble): FaultRule => ({
  ...one,
  seconds: one.kind === "stale" ? 30 : 0.01,
  ...(one.kind.startsWith("429") ? { retryAfter: 5 } : {}),
});

const told = ({ service, kind, skip, count }: Trouble) =>
  `${service} ${kind}, ${count} requests after ${skip}`;

/** What a tenant's services are known to do otherwise than expected. */
const behaviours = {
  "numbers come as strings": { numbersAsStrings: true },
  "numbers come as numbers": { numbersAsStrings: false },
  "what is unknown is refused": { getUnknownReturnsAll: false },
  "what is unknown gives everything": { getUnknownReturnsAll: true },
  "a batch that never ran is Created": { neverStartedStatus: "Created" },
  "a batch that never ran is Stopped": { neverStartedStatus: "Stopped" },
  "usage locations lag": { usageLocationLagSeconds: 120 },
  "usage locations are there at once": { usageLocationLagSeconds: 0 },
  "licences of groups take an hour": { groupLicenseSeconds: 3600 },
  "licences of groups come at once": { groupLicenseSeconds: 20 },
  "accepted domains take an hour": { acceptedDomainSeconds: 3600 },
  "accepted domains come at once": { acceptedDomainSeconds: 3 },
  "batches made from now on synchronize daily": { incrementalSync: "daily" },
  "batches made from now on synchronize when asked": { incrementalSync: "asked" },
} as const satisfies Readonly<Record<string, BehaviourChange>>;
type BehaviourName = keyof typeof behaviours;

/** What administrators have set in Exchange Online that says who may send there. */
const connections = {
  "the domain is an internal relay": { domainType: "InternalRelay" },
  "the domain is authoritative": { domainType: "Authoritative" },
  "direct send is rejected": { rejectDirectSend: true },
  "direct send is taken": { rejectDirectSend: false },
  "an inbound connector is made": { inboundConnector: true },
  "the inbound connector is removed": { inboundConnector: false },
} as const satisfies Readonly<Record<string, BehaviourChange>>;
type Connection = keyof typeof connections;

/** What Microsoft's services, the directory and DNS do to those who ask them. */
export const servicesCommands = [
  command({
    name: "up while services fail",
    weight: 5,
    data: fc.record({
      troubles: fc.array(trouble, { minLength: 1, maxLength: 3 }),
      skipPreview: fc.boolean(),
    }),
    possible: () => true,
    typed: ({ troubles, skipPreview }) =>
      `pulumi up --yes${skipPreview ? " --skip-preview" : ""}, while ${troubles.map(told).join("; ")}`,
    async run(migration, model, { troubles, skipPreview }) {
      const { faults } = migration.lab;
      for (const one of troubles) faults.set(ruleOf(one));
      await up(migration, model, { skipPreview });
      faults.clear();
    },
  }),
  command({
    name: "services fail",
    weight: 2,
    // Reads that lag do so until somebody ends it.
    data: trouble.filter(({ kind }) => kind !== "stale"),
    possible: () => true,
    typed: (one) => `${told(one)}, whoever asks next`,
    async run({ lab }, _model, one) {
      lab.faults.set(ruleOf(one));
    },
  }),
  command({
    name: "a service does otherwise",
    weight: 2,
    data: fc.constantFrom<BehaviourName>(...namesOf(behaviours)),
    possible: () => true,
    typed: (name) => name,
    async run({ lab }, _model, name) {
      lab.faults.behave(behaviours[name]);
    },
  }),
  command({
    name: "a connector by hand",
    weight: 1,
    data: fc.constantFrom<Connection>(...namesOf(connections)),
    possible: () => true,
    typed: (name) => `Exchange Online: ${name}`,
    async run({ lab }, model, name) {
      tell(model, "connector", name);
      lab.faults.behave(connections[name]);
    },
  }),
  command({
    name: "the tenant names another MX",
    weight: 1,
    data: fc.boolean(),
    possible: ({ reached }) => reached !== undefined,
    typed: (later) => `the tenant names ${later ? "…mx.microsoft" : "…mail.protection.outlook.com"}`,
    async run(migration, model, later) {
      const { domain } = migration.plan;
      if (!(await migration.lab.state()).domains.some(({ id, isVerified }) => id === domain && isVerified))
        return;
      const named = (later ? laterExchange : usualExchange)(domain);
      model.moved = true;
      nameExchange(model, domain, named);
      await migration.hand.setNamed(domain, later ? { mailExchange: named } : {});
    },
  }),
];
