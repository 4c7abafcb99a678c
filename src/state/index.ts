/**
 * State is an interface: what each kind of resource leaves in it. Of a wave: `waves/migration-batch.ts`, `waves/license-assignment.ts`,
 * `waves/mail-user-conversion.ts` and `waves/unified-messaging.ts`.
 */
import type { z } from "zod";
import { dnsAdoptionContract } from "./dns-adoption.js";
import { dnsBaselineContract } from "./dns-baseline.js";
import { dnsManualContract } from "./dns-manual.js";
import { dnsObservationContract } from "./dns-observation.js";
import { dnsRecordSetContract } from "./dns-record-set.js";
import { dnsRemovalContract } from "./dns-removal.js";
import { domainContract } from "./domain.js";
import { domainVerificationContract } from "./domain-verification.js";
import { gateContract } from "./gate.js";
import { migrationEndpointContract } from "./migration-endpoint.js";
import { stageContract } from "./stage.js";
import { stageReachedContract } from "./stage-reached.js";
import { targetAddressPermissionContract } from "./target-address-permission.js";
import { licenseAssignmentContract } from "./waves/license-assignment.js";
import { mailUserConversionContract } from "./waves/mail-user-conversion.js";
import { migrationBatchContract } from "./waves/migration-batch.js";
import { unifiedMessagingContract } from "./waves/unified-messaging.js";

export type { AnyContract, Contract } from "./contract.js";
export { folded, unfolded } from "./folding.js";

/** Every kind's contract, by the name that stands in state. A name can be added, never renamed. */
export const contracts = {
  DnsAdoption: dnsAdoptionContract,
  DnsBaseline: dnsBaselineContract,
  DnsManual: dnsManualContract,
  DnsObservation: dnsObservationContract,
  DnsRecordSet: dnsRecordSetContract,
  DnsRemoval: dnsRemovalContract,
  Domain: domainContract,
  DomainVerification: domainVerificationContract,
  Gate: gateContract,
  LicenseAssignment: licenseAssignmentContract,
  MailUserConversion: mailUserConversionContract,
  MigrationBatch: migrationBatchContract,
  MigrationEndpoint: migrationEndpointContract,
  Stage: stageContract,
  StageReached: stageReachedContract,
  TargetAddressPermission: targetAddressPermissionContract,
  UnifiedMessaging: unifiedMessagingContract,
};

/** The kinds of resource. */
export type ResourceKind = keyof typeof contracts;

/** A kind's inputs, as the handler has them. */
export type InputsOf<K extends ResourceKind> = z.output<(typeof contracts)[K]["inputs"]>;
/** A kind's outputs. */
export type OutputsOf<K extends ResourceKind> = z.output<(typeof contracts)[K]["outputs"]>;
