/**
 * State is an interface: what each kind of resource leaves in it. Of a wave: `wave-migration-batch.ts`,
 * `wave-license-assignment.ts`, `wave-mail-user-conversion.ts` and `wave-unified-messaging.ts`.
 */
import type { z } from "zod";
import type { noOutputs } from "./contract.js";
import { dnsAdoptionContract, type dnsAdoptionInputs } from "./dns-adoption.js";
import { dnsBaselineContract, type dnsBaselineInputs } from "./dns-baseline.js";
import { dnsManualContract, type dnsManualInputs, type dnsManualOutputs } from "./dns-manual.js";
import {
  dnsObservationContract,
  type dnsObservationInputs,
  type dnsObservationOutputs,
} from "./dns-observation.js";
import { dnsRecordSetContract, type dnsRecordSetInputs, type dnsRecordSetOutputs } from "./dns-record-set.js";
import { dnsRemovalContract, type dnsRemovalInputs } from "./dns-removal.js";
import { domainContract, type domainInputs, type domainOutputs } from "./domain.js";
import {
  domainVerificationContract,
  type domainVerificationInputs,
  type domainVerificationOutputs,
} from "./domain-verification.js";
import { gateContract, type gateInputs } from "./gate.js";
import {
  migrationEndpointContract,
  type migrationEndpointInputs,
  type migrationEndpointOutputs,
} from "./migration-endpoint.js";
import { stageContract, type stageInputs } from "./stage.js";
import { stageReachedContract, type stageReachedInputs } from "./stage-reached.js";
import {
  targetAddressPermissionContract,
  type targetAddressPermissionInputs,
  type targetAddressPermissionOutputs,
} from "./target-address-permission.js";
import {
  licenseAssignmentContract,
  type licenseAssignmentInputs,
  type licenseAssignmentOutputs,
} from "./wave-license-assignment.js";
import {
  mailUserConversionContract,
  type mailUserConversionInputs,
  type mailUserConversionOutputs,
} from "./wave-mail-user-conversion.js";
import {
  migrationBatchContract,
  type migrationBatchInputs,
  type migrationBatchOutputs,
} from "./wave-migration-batch.js";
import {
  unifiedMessagingContract,
  type unifiedMessagingInputs,
  type unifiedMessagingOutputs,
} from "./wave-unified-messaging.js";

export type { AnyContract } from "./contract.js";
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

/**
 * Schemas of every kind's properties, by name: so the package's declarations have the documentation that stands there. The
 * compiler writes out a type that it infers, as that of `contracts`, without it.
 */
export interface Properties {
  DnsAdoption: { inputs: typeof dnsAdoptionInputs; outputs: typeof noOutputs.shape };
  DnsBaseline: { inputs: typeof dnsBaselineInputs; outputs: typeof noOutputs.shape };
  DnsManual: { inputs: typeof dnsManualInputs; outputs: typeof dnsManualOutputs };
  DnsObservation: { inputs: typeof dnsObservationInputs; outputs: typeof dnsObservationOutputs };
  DnsRecordSet: { inputs: typeof dnsRecordSetInputs; outputs: typeof dnsRecordSetOutputs };
  DnsRemoval: { inputs: typeof dnsRemovalInputs; outputs: typeof noOutputs.shape };
  Domain: { inputs: typeof domainInputs; outputs: typeof domainOutputs };
  DomainVerification: { inputs: typeof domainVerificationInputs; outputs: typeof domainVerificationOutputs };
  Gate: { inputs: typeof gateInputs; outputs: typeof noOutputs.shape };
  LicenseAssignment: { inputs: typeof licenseAssignmentInputs; outputs: typeof licenseAssignmentOutputs };
  MailUserConversion: { inputs: typeof mailUserConversionInputs; outputs: typeof mailUserConversionOutputs };
  MigrationBatch: { inputs: typeof migrationBatchInputs; outputs: typeof migrationBatchOutputs };
  MigrationEndpoint: { inputs: typeof migrationEndpointInputs; outputs: typeof migrationEndpointOutputs };
  Stage: { inputs: typeof stageInputs; outputs: typeof noOutputs.shape };
  StageReached: { inputs: typeof stageReachedInputs; outputs: typeof noOutputs.shape };
  TargetAddressPermission: {
    inputs: typeof targetAddressPermissionInputs;
    outputs: typeof targetAddressPermissionOutputs;
  };
  UnifiedMessaging: { inputs: typeof unifiedMessagingInputs; outputs: typeof unifiedMessagingOutputs };
}

/** The kinds of resource. */
export type ResourceKind = keyof typeof contracts;

/** A kind's inputs, as the handler has them. */
export type InputsOf<K extends ResourceKind> = z.output<z.ZodObject<Properties[K]["inputs"]>>;
/** A kind's outputs. */
export type OutputsOf<K extends ResourceKind> = z.output<z.ZodObject<Properties[K]["outputs"]>>;
