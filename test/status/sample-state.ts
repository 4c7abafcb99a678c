/** A state export as `pulumi stack export` prints it, for a migration of three waves in the middle. */
interface Parts {
  readonly stage?: string;
  readonly batches?: Readonly<Record<string, string>>;
  readonly domain?: string;
  readonly waive?: readonly { gate: string; reason: string }[];
  readonly resources?: readonly ReturnType<typeof resource>[];
  readonly pending?: readonly { type: string; resource?: { urn: string } }[];
  /** Waves that other stacks migrate. */
  readonly elsewhere?: readonly string[];
  /** In a wave stack, the stack that moves the domain. */
  readonly domainStack?: string;
}

/** One of our resources in a state. */
export function resource(
  kind: string,
  name: string,
  inputs: Record<string, unknown>,
  outputs: Record<string, unknown> = {},
) {
  const type = `pulumi-nodejs:dynamic/mailstage:${kind}`;
  return {
    urn: `urn:pulumi:production::mailstage::${type}::${name}`,
    type,
    id: name,
    inputs,
    outputs: { ...inputs, ...outputs },
  };
}

/** A wave's batch. */
export const batch = (
  wave: string,
  status: string,
  [synced, total]: readonly [number, number],
  failures: readonly string[] = [],
) =>
  resource(
    "MigrationBatch",
    wave,
    { wave, domain: "contoso.com", started: true, mailboxesByBatch: {} },
    { status, total, synced, failed: failures.length, failures },
  );

/** A wave's licences. */
export const licenses = (
  wave: string,
  licensed: number,
  mailboxes: number,
  firstDeadline: string | null = null,
) =>
  resource(
    "LicenseAssignment",
    `${wave}-licenses`,
    { wave, mailboxes, licenses: { sku: "ENTERPRISEPACK" } },
    { licensed, waiting: mailboxes - licensed, failedCount: 0, failures: [], firstDeadline },
  );

/** A wave's conversion. */
const conversion = (wave: string, converted: number, mailboxes: number, skipped: readonly string[] = []) =>
  resource(
    "MailUserConversion",
    `${wave}-conversion`,
    { wave, mailboxes },
    { converted, waiting: mailboxes - converted, skipped, skippedCount: skipped.length },
  );

const quota =
  "MailboxSizeExceedsTargetQuotaException: The mailbox is larger than the quota of the target mailbox.";

/** Where most migrations are for weeks: three waves at three speeds, some failures, the former TTL run out. */
export function sampleState(parts: Parts = {}): string {
  const stage = parts.stage ?? "migrate";
  const domain = parts.domain ?? "contoso.com";
  const resources = parts.resources ?? [
    resource("Gate", "gate-prepare", { stage: "prepare", passedAt: "2026-11-02T09:12:00.000Z" }),
    resource("DnsBaseline", "dns-baseline", { domain, mx: { ttl: 86_400, values: ["10 mail.contoso.com"] } }),
    resource("Gate", "gate-verify", { stage: "verify", passedAt: "2026-11-02T10:01:00.000Z" }),
    resource(
      "DomainVerification",
      "domain-verification",
      { domain },
      { verified: true, publishedAt: null, mx: ["0 contoso-com.mail.protection.outlook.com"] },
    ),
    resource("Gate", "gate-connect", { stage: "connect", passedAt: "2026-11-03T08:30:00.000Z" }),
    resource("Gate", "gate-migrate", { stage: "migrate", passedAt: "2026-11-04T07:45:00.000Z" }),
    resource(
      "DnsRecordSet",
      "mx",
      { zone: domain, name: domain, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] },
      { live: { ttl: 3600, values: ["10 mail.contoso.com"] } },
    ),
    resource(
      "DnsObservation",
      "mx-ttl",
      { name: domain, type: "MX" },
      { observedAt: "2026-11-02T09:20:00.000Z" },
    ),
    batch("pilot", "Synced", [12, 12]),
    licenses("pilot", 12, 12),
    conversion("pilot", 12, 12),
    batch(
      "sales",
      "SyncedWithErrors",
      [348, 360],
      [
        ...["annam", "boriss", "carlag", "dietert", "evak", "franzl", "gerdaw"].map(
          (local) => `${local}@contoso.com: ${quota}`,
        ),
        "hansm@contoso.com: MigrationPermanentException: The migration administrator doesn't have permission to open the on-premises mailbox (MapiExceptionLogonFailed).",
        "idat@contoso.com: SourceEmailAddressNotUniqueOrMissingException: The primary SMTP address wasn't found in the on-premises Exchange organization.",
        "jank@contoso.com: MigrationTransientException: The connection to the on-premises server was lost (MapiExceptionNetworkError).",
        "kurtp@contoso.com: MigrationTransientException: The connection to the on-premises server was lost (MapiExceptionNetworkError).",
        "lenab@contoso.com: MigrationCSVRowValidationException: The recipient type of the user isn't MailUser (0x80070057). Only a mail user can be migrated.",
      ],
    ),
    licenses("sales", 341, 360, "2026-12-06T07:45:00.000Z"),
    conversion("sales", 290, 360, ["martinz@contoso.com: is protected by AdminSDHolder (adminCount 1)."]),
    batch("everybody-else", "Syncing", [1460, 2372]),
    licenses("everybody-else", 1402, 2372),
  ];
  const declared = parts.batches ?? { pilot: "converted", sales: "converted", "everybody-else": "started" };
  return JSON.stringify({
    version: 3,
    deployment: {
      manifest: { time: "2026-11-16T14:22:10.307Z", magic: "", version: "3.259.0" },
      resources: [
        {
          urn: "urn:pulumi:production::mailstage::pulumi:pulumi:Stack::mailstage-production",
          type: "pulumi:pulumi:Stack",
        },
        resource("Stage", "stage", {
          domain,
          stage,
          phases: declared,
          waive: parts.waive ?? [],
          elsewhere: parts.elsewhere ?? [],
          ...(parts.domainStack === undefined ? {} : { domainStack: parts.domainStack }),
        }),
        ...resources,
      ],
      pending_operations: parts.pending ?? [],
    },
  });
}
