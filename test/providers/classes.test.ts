import type { CustomResource, Output } from "@pulumi/pulumi";
import type { DnsAdoption } from "../../providers/dns-adoption.js";
import type { DnsBaseline } from "../../providers/dns-baseline.js";
import type { DnsManual } from "../../providers/dns-manual.js";
import type { DnsObservation } from "../../providers/dns-observation.js";
import type { DnsRecordSet } from "../../providers/dns-record-set.js";
import type { DnsRemoval } from "../../providers/dns-removal.js";
import type { Domain } from "../../providers/domain.js";
import type { DomainVerification } from "../../providers/domain-verification.js";
import type { Gate } from "../../providers/gate.js";
import * as registry from "../../providers/index.js";
import type { LicenseAssignment } from "../../providers/license-assignment.js";
import type { MailUserConversion } from "../../providers/mail-user-conversion.js";
import type { MigrationBatch } from "../../providers/migration-batch.js";
import type { MigrationEndpoint } from "../../providers/migration-endpoint.js";
import type { Stage } from "../../providers/stage.js";
import type { StageReached } from "../../providers/stage-reached.js";
import type { TargetAddressPermission } from "../../providers/target-address-permission.js";
import type { UnifiedMessaging } from "../../providers/unified-messaging.js";
import { contracts, type InputsOf, type OutputsOf, type ResourceKind } from "../../src/state/index.js";

interface Classes {
  DnsAdoption: DnsAdoption;
  DnsBaseline: DnsBaseline;
  DnsManual: DnsManual;
  DnsObservation: DnsObservation;
  DnsRecordSet: DnsRecordSet;
  DnsRemoval: DnsRemoval;
  Domain: Domain;
  DomainVerification: DomainVerification;
  Gate: Gate;
  LicenseAssignment: LicenseAssignment;
  MailUserConversion: MailUserConversion;
  MigrationBatch: MigrationBatch;
  MigrationEndpoint: MigrationEndpoint;
  Stage: Stage;
  StageReached: StageReached;
  TargetAddressPermission: TargetAddressPermission;
  UnifiedMessaging: UnifiedMessaging;
}

type Stored<K extends ResourceKind> = InputsOf<K> & OutputsOf<K>;
type Own<K extends ResourceKind> = Exclude<keyof Classes[K], keyof CustomResource>;
/** Outputs that a class declares and nobody writes, or that are written as something else: `Gate.lowered`. */
type Wrong = {
  [K in ResourceKind]: {
    [P in Own<K>]: P extends keyof Stored<K>
      ? Classes[K][P] extends Output<Stored<K>[P]>
        ? never
        : `${K}.${P & string}`
      : `${K}.${P & string}`;
  }[Own<K>];
}[ResourceKind];

/** Compiles only while there are none. */
const none = (wrong: Wrong): never => wrong;

test("every class declares outputs of its contract alone, and every contract has a handler", () => {
  expect(none).toBeDefined();
  expect(Object.keys(registry).sort()).toEqual(Object.keys(contracts).sort());
});
