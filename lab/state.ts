/** Times inside the lab are milliseconds of its own clock since 1970; `LabState` shows them as ISO 8601. */
export type Instant = number;

/** A licence one user has. */
export interface AssignedLicense {
  skuId: string;
  disabledPlans: string[];
  /** The group it comes from; absent: assigned directly. */
  byGroup?: string;
}

/** Why a group's licence could not be given to a member, as Entra records it on the user. */
export type LicenseViolation =
  | "CountViolation"
  | "MutuallyExclusiveViolation"
  | "DependencyViolation"
  | "ProhibitedInUsageLocationViolation";

/** A group's licence that a member has not got. */
export interface LicenseError {
  skuId: string;
  byGroup: string;
  error: LicenseViolation;
}

/** What somebody is on premises, and what a mailbox was made in the cloud; absent: a user's own mailbox. */
export type SharedKind = "shared" | "room" | "equipment";

/** One person: on-premises mailbox, tenant user and Exchange Online recipient in one compact record. */
export interface Person {
  /** Object id in the tenant. */
  id: string;
  /** Primary SMTP address in lower case. */
  emailAddress: string;
  displayName: string;
  wave?: string;
  sizeMb: number;
  fault?: string;
  usageLocation?: string;
  /** When `usageLocation` was written and what it was before: assignLicense may still see that. */
  usageLocationBefore?: { value?: string; until: Instant };
  licenses: AssignedLicense[];
  /** Licences of groups that it has not got. */
  licenseErrors?: LicenseError[];
  /** Further addresses of the domain. */
  aliases?: string[];
  /** objectGUID of the user on premises: what synchronization knows the person by. */
  anchor?: string;
  /** Exchange's alias, where it is not the local part of the address: who gets another address keeps it. */
  nickname?: string;
  /** The account on premises is disabled. */
  disabled?: true;
  /** The cloud mailbox, once the migration service has made it out of the mail user. */
  mailbox?: {
    guid: string;
    createdAt: Instant;
    unlicensedSince?: Instant;
    disabledAt?: Instant;
    /** Set by Set-Mailbox -Type; such a mailbox needs no licence. */
    kind?: SharedKind;
  };
  /** When the first copy of its content was complete. */
  syncedAt?: Instant;
}

/** A domain of the tenant, as Graph keeps it. */
export interface DomainRecord {
  id: string;
  isInitial: boolean;
  isDefault: boolean;
  isVerified: boolean;
  supportedServices: string[];
  /** `ms12345678`: of the TXT `MS=ms12345678` and the MX `ms12345678.msv1.invalid`. */
  verificationCode: string;
  /** When Exchange was told of it. */
  emailSince?: Instant;
  /** What the tenant names for its mail in place of the usual; mail to the usual host still arrives. */
  named?: NamedRecords;
}

/** Records a tenant names for a domain's mail otherwise than usual. */
export interface NamedRecords {
  /** As since MC1048624: `contoso-com.e-v1.mx.microsoft`. */
  mailExchange?: string | undefined;
  /** 10 is as right as 0. */
  preference?: number | undefined;
  /** null: it names none. */
  autodiscover?: string | null | undefined;
}

/** A migration endpoint, as Exchange keeps it. */
export interface EndpointRecord {
  guid: string;
  name: string;
  exchangeServer: string;
  rpcProxyServer: string;
  nspiServer?: string;
  useAutoDiscover: boolean;
  emailAddress?: string;
  authentication: string;
  mailboxPermission?: string;
  testMailbox?: string;
  sourceMailboxLegacyDN?: string;
  acceptUntrustedCertificates: boolean;
  maxConcurrentMigrations: string;
  maxConcurrentIncrementalSyncs: string;
  userName: string;
  /** Never part of `LabState`. */
  password: string;
  createdAt: Instant;
  changedAt: Instant;
}

/** One row of a batch's CSV on its way. Its status follows from these times and the clock. */
export interface MigrationUserRecord {
  guid: string;
  emailAddress: string;
  addedAt: Instant;
  /** When its turn comes, it has been given a mailbox, and the first copy ends. Absent: not started. */
  validatingAt?: Instant;
  provisionedAt?: Instant;
  endsAt?: Instant;
  /** Which of the endpoint's concurrent slots copies it. */
  lane?: number;
  /** The service's text, known once it has ended. */
  error?: string;
  /** What will go wrong at `endsAt`, found when its turn was planned. */
  outcome?: string;
  attempts: number;
  /** Whether `provisionedAt` and `endsAt` have had their effect on mailbox and directory. */
  provisioned?: boolean;
  ended?: boolean;
  /** Set by Stop-MigrationUser or when its batch stopped before it was done. */
  stoppedAt?: Instant;
  /** The last sync asked for by hand. */
  syncNowAt?: Instant;
}

/** A migration batch, as Exchange keeps it. */
export interface BatchRecord {
  guid: string;
  name: string;
  /** A cutover batch is what a missing CSV gives: it would migrate the whole organization. */
  migrationType: "ExchangeStagedMigration" | "ExchangeCutoverMigration";
  /** GUID of the endpoint. */
  endpoint: string;
  createdAt: Instant;
  startAfter?: Instant;
  completeAfter?: Instant;
  startedAt?: Instant;
  stopRequestedAt?: Instant;
  /** Told apart from a stop by hand: the service stops a batch that was idle for 60 days. */
  expired?: boolean;
  removeRequestedAt?: Instant;
  /** Changes by hand count as activity: what the 60 idle days are measured from. */
  touchedAt: Instant;
  syncNowAt?: Instant;
  /** Whether it synchronizes every 24 hours by itself; most staged batches do not. */
  daily?: boolean;
  notificationEmails: string[];
  reportInterval: string;
  skipReports: boolean;
  timeZone: string;
  validationWarnings: string[];
  users: MigrationUserRecord[];
}

/** A group of the tenant. */
export interface GroupRecord {
  id: string;
  displayName: string;
  skuId: string;
  /** Service plans that the group's licence leaves out. */
  disabledPlans?: string[];
  /** Whether the licence was taken from it: then it gives none. */
  unlicensed?: boolean;
  /** The rule that says who is a member, where nobody is made one by hand. */
  membershipRule?: string;
  /** Object ids of all members. */
  members: Set<string>;
  /** Members whose licence is still to be processed, and when. */
  pending: Map<string, Instant>;
}

/** One service of a licence. */
export interface ServicePlan {
  readonly servicePlanId: string;
  readonly servicePlanName: string;
  /** @default User */
  readonly appliesTo?: "User" | "Company";
  /** The plan that has to be on as well. */
  readonly dependsOn?: string;
}

/** A tenant's licence. */
export interface SkuRecord {
  skuId: string;
  skuPartNumber: string;
  enabled: number;
  servicePlans: readonly ServicePlan[];
  /** @default User */
  appliesTo?: "User" | "Company";
  /** Countries it may not be used in. */
  prohibitedIn?: readonly string[];
}
