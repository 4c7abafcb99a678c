import { z } from "zod";
import type { Finding } from "../../base/adoption.js";
import { defined } from "../../base/defined.js";
import { nameOf } from "../../state/urn.js";

const properties = z.record(z.string(), z.unknown());
/** What `pulumi stack export` prints, as far as it is used. */
export const exportSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          urn: z.string(),
          type: z.string(),
          custom: z.boolean().default(false),
          id: z.string().optional(),
          parent: z.string().optional(),
          provider: z.string().optional(),
          inputs: properties.default({}),
          outputs: properties.default({}),
        }),
      )
      .default([]),
  }),
});
type Resource = z.output<typeof exportSchema>["deployment"]["resources"][number];

/** One resource of an import file (pulumi/pulumi v3.259, pkg/cmd/pulumi/operations/import.go). */
export interface ImportEntry {
  readonly type: string;
  readonly name: string;
  readonly logicalName?: string;
  readonly id?: string;
  readonly parent?: string;
  readonly version?: string;
  readonly component?: true;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What is adopted, and what is left to `pulumi up`. */
export interface Adoption {
  readonly entries: readonly ImportEntry[];
  /** What is not there, in words. */
  readonly absent: readonly string[];
}

const kindOf = ({ type }: Resource) => type.slice(type.lastIndexOf(":") + 1);

/**
 * What a run that only looked left in its state, as an import file. What is absent is left out, and with it what says that a stage is
 * done, and the gate of a stage that is not: `pulumi up` makes the one and asks the other. Pure.
 */
export function adoptionOf(exported: z.output<typeof exportSchema>, findings: readonly Finding[]): Adoption {
  const { resources } = exported.deployment;
  const absent = findings.flatMap(({ urn, absent: what }) => (what === undefined ? [] : [{ urn, what }]));
  const left = new Set(absent.map(({ urn }) => urn));
  if (absent.length > 0) {
    for (const { urn, provisional } of findings) if (provisional === true) left.add(urn);
    for (const resource of resources) if (kindOf(resource) === "StageReached") left.add(resource.urn);
  }
  const custom = resources.filter(
    (resource) => resource.custom && !resource.type.startsWith("pulumi:") && !left.has(resource.urn),
  );
  const parents = new Set(custom.flatMap((resource) => ancestorsOf(resource, resources)));
  const taken = resources.filter(
    (resource) => custom.includes(resource) || (!resource.custom && parents.has(resource.urn)),
  );
  const names = uniqueNames(taken);
  return {
    entries: taken.map((resource) => entryOf(resource, resources, names)),
    absent: absent.map(({ what }) => what),
  };
}

/** The components a resource is in; the stack itself is none. */
function ancestorsOf(resource: Resource, all: readonly Resource[]): string[] {
  const parent = all.find(({ urn }) => urn === resource.parent);
  return parent === undefined || parent.type === "pulumi:pulumi:Stack"
    ? []
    : [parent.urn, ...ancestorsOf(parent, all)];
}

/** A name for each URN: its own, unless another resource has it too. */
function uniqueNames(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    resources.map(({ urn }) => {
      let name = nameOf(urn);
      for (let number = 2; taken.has(name); number += 1) name = `${nameOf(urn)} (${number})`;
      taken.add(name);
      return [urn, name];
    }),
  );
}

function entryOf(
  { urn, type, custom, id, parent, provider, inputs, outputs }: Resource,
  all: readonly Resource[],
  names: ReadonlyMap<string, string>,
): ImportEntry {
  const name = names.get(urn) ?? nameOf(urn);
  const state = type.endsWith(":DnsAdoption")
    ? { inputs: holding(inputs), outputs: holding(outputs) }
    : { inputs, outputs };
  const within = parent === undefined ? undefined : names.get(parent);
  const version = versionOf(provider, all);
  return {
    type,
    name,
    ...(name === nameOf(urn) ? {} : { logicalName: nameOf(urn) }),
    ...defined({ parent: within }),
    ...(custom ? { ...defined({ id, version }), ...state } : { component: true }),
  };
}

/** What is declared of a record set at a host: the file has these records too, so that the program imports none of them once more. */
function holding(own: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { data } = z.array(z.looseObject({})).safeParse(own["records"]);
  return data === undefined ? own : { ...own, records: data.map((record) => ({ ...record, held: true })) };
}

/** The version of a resource's provider: another one would be another provider, and the next update would say so. */
function versionOf(provider: string | undefined, all: readonly Resource[]): string | undefined {
  const urn = provider?.slice(0, provider.lastIndexOf("::"));
  return z
    .string()
    .optional()
    .safeParse(all.find((one) => one.urn === urn)?.inputs["version"]).data;
}

/** Pulumi's mark of a secret in JSON (sdk/go/common/resource/sig). */
const signature = "4dabf18193072939515e22adb298388d";
const secret = z.object({
  [signature]: z.literal("1b47061264138c4ac30d75fd1eb44270"),
  plaintext: z.string(),
});

/** The secrets in a value, in clear: each is the JSON of what is secret. Pure. */
export function secretsIn(value: unknown): string[] {
  const found = secret.safeParse(value).data;
  if (found !== undefined) return [found.plaintext];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** The same value with every secret encrypted. Pure. */
export function withSecrets(value: unknown, encrypted: ReadonlyMap<string, string>): unknown {
  const found = secret.safeParse(value).data;
  if (found !== undefined) {
    const ciphertext = encrypted.get(found.plaintext);
    if (ciphertext === undefined) throw new TypeError("a secret was not encrypted");
    return { [signature]: found[signature], ciphertext };
  }
  if (Array.isArray(value)) return value.map((one) => withSecrets(one, encrypted));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withSecrets(one, encrypted)]));
}
