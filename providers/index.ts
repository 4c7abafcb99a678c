/**
 * The registry: every resource's provider under the name its state refers to. Loaded in Pulumi's plugin process only.
 * A name here is part of every state file: it can be added to, never renamed.
 */
export { dnsAdoptionProvider as DnsAdoption } from "./dns-adoption.js";
export { dnsBaselineProvider as DnsBaseline } from "./dns-baseline.js";
export { dnsManualProvider as DnsManual } from "./dns-manual.js";
export { dnsObservationProvider as DnsObservation } from "./dns-observation.js";
export { dnsRecordSetProvider as DnsRecordSet } from "./dns-record-set.js";
export { dnsRemovalProvider as DnsRemoval } from "./dns-removal.js";
export { domainProvider as Domain } from "./domain.js";
export { domainVerificationProvider as DomainVerification } from "./domain-verification.js";
export { gateProvider as Gate } from "./gate.js";
export { licenseAssignmentProvider as LicenseAssignment } from "./license-assignment.js";
export { mailUserConversionProvider as MailUserConversion } from "./mail-user-conversion.js";
export { migrationBatchProvider as MigrationBatch } from "./migration-batch.js";
export { migrationEndpointProvider as MigrationEndpoint } from "./migration-endpoint.js";
export { stageProvider as Stage } from "./stage.js";
export { stageReachedProvider as StageReached } from "./stage-reached.js";
export { targetAddressPermissionProvider as TargetAddressPermission } from "./target-address-permission.js";
export { unifiedMessagingProvider as UnifiedMessaging } from "./unified-messaging.js";
