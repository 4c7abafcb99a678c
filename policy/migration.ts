import { zoneIdOf } from "../src/dns/hosts/all-places.js";
import { atLeast, type GateName, type StageName } from "../src/plan/index.js";
import type { ResourceKind } from "../src/state/index.js";
import { type ReadResource, readResource } from "../src/state/read-resource.js";
import type { Declared } from "./declared.js";
import { canonicalText, type MailExchanger, mailExchangerOf } from "./mail-exchangers.js";

type Gate = ReadResource<"Gate">;

/** A resource of one kind, read by its contract. */
export interface Kept<K extends ResourceKind> {
  readonly urn: string;
  readonly name: string;
  readonly props: ReadResource<K>;
}

/** A migration as the stack declares it: what the rules of the stack ask about. */
export interface DeclaredMigration {
  readonly stage: StageName;
  /** The furthest stage whose work was ever done. */
  readonly furthest: StageName;
  readonly domain: string;
  /** Each wave's phase. */
  readonly phases: Readonly<Record<string, string>>;
  /** The domain's MX, at whichever host. */
  readonly exchangers: readonly MailExchanger[];
  /** The MX the tenant names; empty where not known. */
  readonly tenantMx: readonly string[];
  /** The MX before the migration; empty where not known. */
  readonly formerMx: readonly string[];
  /** Whether the stack moves the domain; the wave stacks of a split plan declare nothing but their waves. */
  readonly movesDomain: boolean;
  /** Whether the plan has reached a stage. */
  at(stage: StageName): boolean;
  /** The resources of one kind. */
  ofKind<K extends ResourceKind>(kind: K): readonly Kept<K>[];
  /** The way into a stage, where it was passed. */
  passed(stage: StageName): Gate | undefined;
  /** Whether a precondition was found in order on the way into a stage. */
  met(stage: StageName, gate: GateName): boolean;
  /** Whether the plan waives a gate, or waived it on the way in. */
  waives(gate: GateName): boolean;
}

/** Reads the stack; undefined where it is not one migration of ours, which the rules have nothing to say about. */
export function declaredMigration(resources: readonly Declared[]): DeclaredMigration | undefined {
  const ofKind = <K extends ResourceKind>(kind: K): Kept<K>[] =>
    resources
      .filter((resource) => resource.kind === kind)
      .map(({ urn, name, props }) => ({ urn, name, props: readResource(kind, props) }));
  const [planned] = ofKind("Stage").map(({ props }) => props);
  if (planned?.stage === undefined || planned.domain === undefined) return undefined;
  const { stage, domain, phases = {}, waive = [] } = planned;
  const [reached] = ofKind("StageReached").map(({ props }) => props);
  const passed = (other: StageName) =>
    gates.find(({ stage: entered, passedAt }) => entered === other && passedAt !== undefined);
  const gates = ofKind("Gate").map(({ props }) => props);
  const zoneIds = ofKind("DnsAdoption").flatMap(({ props: { host } }) =>
    host === undefined ? [] : (zoneIdOf(host) ?? []),
  );
  return {
    stage,
    furthest: reached?.furthest ?? stage,
    domain,
    phases,
    exchangers: resources
      .flatMap((resource) => mailExchangerOf(resource) ?? [])
      .filter(isOf(domain, zoneIds)),
    tenantMx: ofKind("DomainVerification")
      .flatMap(({ props }) => props.mx ?? [])
      .map(canonicalText),
    formerMx: ofKind("DnsBaseline")
      .flatMap(({ props }) => props.mx?.values ?? [])
      .map(canonicalText),
    movesDomain: ofDomain.some((kind) => ofKind(kind).length > 0),
    at: (other) => atLeast(stage, other),
    ofKind,
    passed,
    met: (other, gate) => {
      const entered = passed(other);
      // State of an earlier version has the facts alone.
      return (
        entered?.met?.includes(gate) ?? entered?.facts?.some((fact) => fact.startsWith(`${gate}:`)) ?? false
      );
    },
    waives: (gate) =>
      waive.some((waiver) => waiver.gate === gate) ||
      gates.some(({ waived }) => waived?.some((line) => line.startsWith(`${gate}:`))),
  };
}

/** What the domain stack of a split plan declares, and its wave stacks do not. */
const ofDomain = ["Gate", "DnsBaseline", "Domain", "DomainVerification", "MigrationEndpoint"] as const;

/** A program of one's own has other zones beside it, each with an MX at its own apex. */
const isOf =
  (domain: string, zoneIds: readonly string[]) =>
  ({ name, zone }: MailExchanger) =>
    name === canonicalText(domain) ||
    (name === "@" && (zone === undefined || zoneIds.length === 0 || zoneIds.includes(zone)));

/** Whether mail goes to the tenant by this MX, and did not before the migration. */
export function isSwitched({ tenantMx, formerMx }: DeclaredMigration, { values }: MailExchanger): boolean {
  return values?.some((value) => tenantMx.includes(value) && !formerMx.includes(value)) ?? false;
}
