import { posix } from "node:path";
import { z } from "zod";
import { asciiDomain, dnsName, normalAddress } from "./names.js";

/** Two fields of a plan that do not go together. */
export interface Inconsistency {
  /** The kind, for the problem's code: `plan-<rule>`. */
  readonly rule: string;
  /** Where the later of the two stands. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const text = z.string().optional().catch(undefined);
const domainName = dnsName.optional().catch(undefined);

/** The fields the rules look at, each absent where it is missing or of the wrong type: that is the schema's to say. */
const looseSchema = z
  .object({
    domain: domainName,
    domainStack: text,
    cloudNamespace: domainName,
    dns: z.object({ zone: domainName }).catch({}),
    source: z
      .object({ testMailbox: text, exchangeServer: text, rpcProxyServer: text, exchange: text })
      .catch({}),
    waves: z
      .array(
        z
          .object({ name: text, csv: text, stack: text, convert: z.array(z.string().catch("")).catch([]) })
          .catch({ convert: [] }),
      )
      .catch([]),
    waive: z.array(z.object({ gate: text }).catch({})).catch([]),
  })
  .catch({ dns: {}, source: {}, waves: [], waive: [] });

type LoosePlan = z.output<typeof looseSchema>;

/**
 * The rules of a plan that concern more than one field. It takes any value and looks at what is readable, so that these
 * rules are judged together with the fields' own.
 */
export function inconsistencies(plan: unknown): Inconsistency[] {
  const loose = looseSchema.parse(plan);
  return [
    ...zoneOfDomain(loose),
    ...cloudNamespaceInZone(loose),
    ...explicitServers(loose),
    ...addressesInDomain(loose),
    ...waveNames(loose),
    ...stacksWithoutDomain(loose),
    ...repeated(
      "duplicate-csv",
      loose.waves.map(({ csv }) => csv && posix.normalize(csv)),
      (index, first) => ({
        path: ["waves", index, "csv"],
        message: `is also the file of waves[${first}]; a mailbox belongs to one wave`,
      }),
    ),
    ...repeated(
      "duplicate-waiver",
      loose.waive.map(({ gate }) => gate),
      (index, first) => ({ path: ["waive", index, "gate"], message: `is already waived by waive[${first}]` }),
    ),
  ];
}

function zoneOfDomain({ domain, dns: { zone } }: LoosePlan): Inconsistency[] {
  if (domain === undefined || zone === undefined || inDomain(asciiDomain(domain), asciiDomain(zone)))
    return [];
  return [{ rule: "zone", path: ["dns", "zone"], message: "must be the plan's domain or a domain above it" }];
}

/** The record is written to the plan's zone. */
function cloudNamespaceInZone({
  domain,
  cloudNamespace,
  dns: { zone = domain },
}: LoosePlan): Inconsistency[] {
  if (cloudNamespace === undefined || zone === undefined) return [];
  if (inDomain(asciiDomain(cloudNamespace), asciiDomain(zone))) return [];
  const message = `must be in the zone of dns, ${zone}: its autodiscover record is made there`;
  return [{ rule: "cloud-namespace", path: ["cloudNamespace"], message }];
}

function explicitServers({ source }: LoosePlan): Inconsistency[] {
  const { exchangeServer, rpcProxyServer } = source;
  const absent = exchangeServer === undefined ? "exchangeServer" : "rpcProxyServer";
  if ((exchangeServer === undefined) !== (rpcProxyServer === undefined))
    return [
      {
        rule: "explicit-servers",
        path: ["source", absent],
        message:
          "is missing: exchangeServer and rpcProxyServer go together; give both, or neither for Autodiscover",
      },
    ];
  if (source.exchange !== "2003" || exchangeServer !== undefined) return [];
  return [
    {
      rule: "explicit-servers",
      path: ["source", "exchangeServer"],
      message: "is missing: Exchange 2003 has no Autodiscover; give exchangeServer and rpcProxyServer",
    },
  ];
}

function addressesInDomain({ domain, source, waves }: LoosePlan): Inconsistency[] {
  if (domain === undefined) return [];
  const outside = (address: string | undefined): boolean =>
    address?.includes("@") === true &&
    normalAddress(address).slice(normalAddress(address).lastIndexOf("@") + 1) !== asciiDomain(domain);
  const message = "must be an address in the plan's domain";
  const rule = "address-domain";
  return [
    ...(outside(source.testMailbox) ? [{ rule, path: ["source", "testMailbox"], message }] : []),
    ...waves.flatMap(({ convert }, index) => [
      ...convert.flatMap((address, at) =>
        outside(address) ? [{ rule, path: ["waves", index, "convert", at], message }] : [],
      ),
      ...repeated(
        "duplicate-address",
        convert.map((address) => normalAddress(address)),
        (at, first) => ({ path: ["waves", index, "convert", at], message: `is already convert[${first}]` }),
      ),
    ]),
  ];
}

/** Names are compared without regard to case, as Exchange does. */
function waveNames({ waves }: LoosePlan): Inconsistency[] {
  const names = waves.map(({ name }) => name?.toLowerCase());
  const duplicates = repeated("duplicate-wave", names, (index, first) => ({
    path: ["waves", index, "name"],
    message: `is also the name of waves[${first}]`,
  }));
  const reserved = names.flatMap((name, index): Inconsistency[] => {
    const base = names.indexOf(/^(.+)-(?:[2-9]|[1-9]\d+)$/.exec(name ?? "")?.[1] ?? "");
    if (base < 0) return [];
    const message = `is reserved for the mailboxes of waves[${base}] beyond its first 2,000; choose another name`;
    return [{ rule: "reserved-name", path: ["waves", index, "name"], message }];
  });
  return [...duplicates, ...reserved];
}

/** A wave stack learns from the domain stack how far the domain is, so there must be one. */
function stacksWithoutDomain({ domainStack, waves }: LoosePlan): Inconsistency[] {
  if (domainStack !== undefined) return [];
  const message = "needs domainStack, the stack that moves the domain";
  return waves.flatMap(({ stack }, index) =>
    stack === undefined ? [] : [{ rule: "domain-stack", path: ["waves", index, "stack"], message }],
  );
}

/** One inconsistency for each value that was there before; empty values are passed over. */
function repeated(
  rule: string,
  values: readonly (string | undefined)[],
  describe: (index: number, first: number) => Omit<Inconsistency, "rule">,
): Inconsistency[] {
  const seen = new Map<string, number>();
  return values.flatMap((value, index) => {
    if (value === undefined || value === "") return [];
    const first = seen.get(value);
    if (first === undefined) seen.set(value, index);
    return first === undefined ? [] : [{ rule, ...describe(index, first) }];
  });
}

function inDomain(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
