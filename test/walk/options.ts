import type { PlanInput } from "../../src/plan/index.js";
import { smallPlan } from "../engine/small-migration.js";

/** One thing that a plan can say in several ways; a walk begins with one of them and may go over to another. */
export interface PlanOption {
  /** The path, as a user would name it. */
  readonly name: string;
  /** What it can be, as a user would type it. The first is how a small plan has it. */
  readonly values: readonly string[];
  /**
   * `world`: it tells of the world, which is not another one because the plan says so. `trial`: what is another value is mostly
   * refused, and set back.
   */
  readonly kind: "free" | "world" | "trial";
  /**
   * The plan with one of the values.
   * @param wave the wave it is about, where it is one of a wave's
   */
  apply(plan: PlanInput, choice: number, wave: number): PlanInput;
}

/** A value of an option, as plain data. */
export interface Chosen {
  readonly option: string;
  readonly choice: number;
  /** Of which wave, where it is a wave's. */
  readonly wave: number;
}

type Wave = PlanInput["waves"][number];
type Choice<T> = readonly [typed: string, value: T];

/** The group that carries the licence, and a second subscription, in every walk's tenant. */
export const licenseGroup = "9d0f6a11-2222-4333-8444-5555aaaa0001";
export const otherSku = { skuPartNumber: "EXCHANGESTANDARD", skuId: "4b9405b0-7788-4568-add1-99614e613b69" };
/** A zone one above the domain `sales.contoso.com`, in which a wildcard answers for it. */
export const zoneAbove = "contoso.com";
const teams = "57ff2da0-773e-42df-b2af-ffb7a2317929";
const sharePointWeb = "e95bec33-7c88-4a70-8e19-b10bd9d0c014";

function option<T>(
  name: string,
  choices: readonly Choice<T>[],
  set: (plan: PlanInput, value: T, wave: number) => PlanInput,
  kind: PlanOption["kind"] = "free",
): PlanOption {
  return {
    name,
    values: choices.map(([typed]) => typed),
    kind,
    apply(plan, choice, wave) {
      const chosen = choices[choice % choices.length];
      return chosen === undefined ? plan : set(plan, chosen[1], wave);
    },
  };
}

/** Values that are typed as JSON has them; undefined: the key is left out. */
const plain = <T>(...values: readonly T[]): Choice<T>[] =>
  values.map((value) => [value === undefined ? "(left out)" : JSON.stringify(value), value]);

/** An option of one wave. */
const ofWave = <T>(name: string, choices: readonly Choice<T>[], set: (wave: Wave, value: T) => Wave) =>
  option(`waves[].${name}`, choices, (plan, value, at) => ({
    ...plan,
    waves: plan.waves.map((wave, index) => (index === at % plan.waves.length ? set(wave, value) : wave)),
  }));

const source = (plan: PlanInput, change: Partial<PlanInput["source"]>): PlanInput => ({
  ...plan,
  source: { ...plan.source, ...change },
});
const sku = { sku: "ENTERPRISEPACK", usageLocation: "US" };

/** All that a plan can say, but for stage, waves, lists, waivers and phases, which have commands of their own. */
export const planOptions: readonly PlanOption[] = [
  option("spf", plain("keep" as const, "add" as const), (plan, spf) => ({ ...plan, spf })),
  option("verification", plain("txt" as const, "mx" as const), (plan, verification) => ({
    ...plan,
    verification,
  })),
  option("mx.migrationTtl", plain(3600, 300, 60), (plan, migrationTtl) => ({
    ...plan,
    mx: { ...plan.mx, migrationTtl },
  })),
  option("mx.finalTtl", plain(undefined, 3600, 172_800, 60), (plan, finalTtl) => ({
    ...plan,
    mx: { ...plan.mx, finalTtl },
  })),
  option("cloudNamespace", plain(undefined, "cloud.contoso.com"), (plan, cloudNamespace) => ({
    ...plan,
    cloudNamespace,
  })),
  // The host of the walk's shape, or a person.
  option<PlanInput["dns"]>(
    "dns.host",
    [
      ["as at the beginning", smallPlan.dns],
      ["manual", { host: "manual" }],
    ],
    (plan, dns) => ({ ...plan, dns }),
    "trial",
  ),
  option(
    "dns.key.algorithm",
    plain("hmac-sha256" as const, "hmac-sha384" as const, "hmac-sha512" as const),
    (plan, algorithm) =>
      plan.dns.host === "rfc2136"
        ? { ...plan, dns: { ...plan.dns, key: { name: "mailstage", algorithm } } }
        : plan,
    "world",
  ),
  option(
    "directory.grantTargetAddress",
    plain(undefined, { organizationalUnit: smallPlan.directory.baseDn }),
    (plan, grantTargetAddress) => ({ ...plan, directory: { ...plan.directory, grantTargetAddress } }),
  ),
  option("dns.transport", plain("tcp" as const, "udp" as const), (plan, transport) =>
    plan.dns.host === "rfc2136" ? { ...plan, dns: { ...plan.dns, transport } } : plan,
  ),
  option(
    "dns.zone",
    plain(undefined, zoneAbove),
    (plan, zone) => ({ ...plan, dns: { ...plan.dns, ...(zone === undefined ? {} : { zone }) } }),
    "world",
  ),
  option("source.authentication", plain("Basic" as const, "Ntlm" as const), (plan, authentication) =>
    source(plan, { authentication }),
  ),
  option(
    "source.mailboxPermission",
    plain(undefined, "Admin" as const, "FullAccess" as const),
    (plan, mailboxPermission) => ({ ...plan, source: { ...plan.source, mailboxPermission } }),
  ),
  option(
    "source.credentials",
    plain("powershell" as const, "rest" as const, "adopt" as const),
    (plan, credentials) => source(plan, { credentials }),
    "trial",
  ),
  option(
    "source.credentials, as the endpoint is there by hand",
    plain("powershell" as const, "adopt" as const),
    (plan, credentials) => source(plan, { credentials }),
    "world",
  ),
  option("source.endpointName", plain("mailstage", "mailstage-other"), (plan, endpointName) =>
    source(plan, { endpointName }),
  ),
  option(
    "source.exchange",
    plain("2007" as const, "2003" as const),
    (plan, exchange) => source(plan, { exchange }),
    "world",
  ),
  option(
    "directory.url",
    plain("ldaps://dc1.corp.contoso.com", "ldap://dc1.corp.contoso.com"),
    (plan, url) => ({ ...plan, directory: { ...plan.directory, url } }),
  ),
  option("directory.pageSize", plain(500, 1, 7), (plan, pageSize) => ({
    ...plan,
    directory: { ...plan.directory, pageSize },
  })),
  option("signOn", plain("cloud" as const, "adfs" as const), (plan, signOn) => ({ ...plan, signOn })),
  option("conversion.recipientTypeDetails", plain("128" as const, "remove" as const), (plan, details) => ({
    ...plan,
    conversion: { ...plan.conversion, recipientTypeDetails: details },
  })),
  option("conversion.snapshots", plain(undefined, "kept/users"), (plan, snapshots) => ({
    ...plan,
    conversion: { ...plan.conversion, snapshots },
  })),
  option<PlanInput["licenses"]>(
    "licenses",
    [
      ["sku: ENTERPRISEPACK, usageLocation: US", smallPlan.licenses],
      ["sku: ENTERPRISEPACK, usageLocation: DE", { ...sku, usageLocation: "DE" }],
      ["sku: ENTERPRISEPACK, disabledPlans: TEAMS1", { ...sku, disabledPlans: [teams] }],
      [
        "sku: ENTERPRISEPACK, disabledPlans: TEAMS1, SHAREPOINTWAC",
        { ...sku, disabledPlans: [teams, sharePointWeb] },
      ],
      ["sku: ENTERPRISEPACK, removeOnDestroy: true", { ...sku, removeOnDestroy: true }],
      ["group: Mail licences", { group: licenseGroup }],
      ["sku: EXCHANGESTANDARD, usageLocation: US", { ...sku, sku: otherSku.skuPartNumber }],
    ],
    (plan, licenses) => ({ ...plan, licenses }),
  ),
  ofWave("wait", plain(0, 60, 3600), (wave, wait) => ({ ...wave, wait })),
  ofWave("retryFailed", plain(0, 1, 2), (wave, retryFailed) => ({ ...wave, retryFailed })),
  ofWave(
    "notificationEmails",
    plain<string[] | undefined>(
      undefined,
      ["admin@contoso.com"],
      ["admin@contoso.com", "help@contoso.com"],
      [],
    ),
    (wave, notificationEmails) => ({ ...wave, notificationEmails }),
  ),
  ofWave(
    "unifiedMessaging",
    plain("keep" as const, "disable" as const, "enable" as const),
    (wave, unifiedMessaging) => ({ ...wave, unifiedMessaging }),
  ),
];

/** The plan with what was chosen; what is not an option any more changes nothing. */
export function applyChosen(plan: PlanInput, { option: name, choice, wave }: Chosen): PlanInput {
  return planOptions.find((one) => one.name === name)?.apply(plan, choice, wave) ?? plan;
}

/** What a user would type for it. */
export function typedChosen({ option: name, choice, wave }: Chosen): string {
  const values = planOptions.find((one) => one.name === name)?.values ?? [];
  return `plan: ${name.replace("[]", `[${wave}, counted round]`)}: ${values[choice % values.length] ?? "?"}`;
}
