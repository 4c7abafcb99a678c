/**
 * What `import … from "mailstage/resources"` gives: each resource alone, for a program that wants one and no migration
 * (docs/resources.md). Their handlers are in `mailstage/providers`, which Pulumi's plugin loads.
 */
export { DnsAdoption, type DnsAdoptionArgs } from "./dns-adoption.js";
export { DnsBaseline, type DnsBaselineArgs } from "./dns-baseline.js";
export { DnsManual, type DnsManualArgs } from "./dns-manual.js";
export { DnsObservation, type DnsObservationArgs } from "./dns-observation.js";
export { DnsRecordSet, type DnsRecordSetArgs } from "./dns-record-set.js";
export { DnsRemoval, type DnsRemovalArgs } from "./dns-removal.js";
export { Domain, type DomainArgs } from "./domain.js";
export { DomainVerification, type DomainVerificationArgs } from "./domain-verification.js";
export { Gate, type GateArgs } from "./gate.js";
export { LicenseAssignment, type LicenseAssignmentArgs } from "./license-assignment.js";
export { MailUserConversion, type MailUserConversionArgs } from "./mail-user-conversion.js";
export { type MailboxList, mailboxList } from "./mailbox-list.js";
export { MigrationBatch, type MigrationBatchArgs } from "./migration-batch.js";
export { MigrationEndpoint, type MigrationEndpointArgs } from "./migration-endpoint.js";
export { Stage, type StageArgs } from "./stage.js";
export { StageReached, type StageReachedArgs } from "./stage-reached.js";
export { TargetAddressPermission, type TargetAddressPermissionArgs } from "./target-address-permission.js";
export { UnifiedMessaging, type UnifiedMessagingArgs } from "./unified-messaging.js";
