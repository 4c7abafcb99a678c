/**
 * The on-premises Active Directory over LDAP: reading users, permissions, Unified Messaging and the conversion of
 * mailboxes to mail users (Microsoft's procedure, "Convert on-premises mailboxes to mail-enabled users").
 */
export { findAccount } from "./accounts.js";
export { applyConversions } from "./apply.js";
export { connectDirectory, type Directory } from "./connection.js";
export { attributesToConvert, describePlan, isPlan, planConversion } from "./conversion.js";
export { conversionCsv } from "./conversion-csv.js";
export { cleanDatabaseCommands } from "./exchange-commands.js";
export { resultCode } from "./failures.js";
export { grantTargetAddress, hasTargetAddressGrant, revokeTargetAddress } from "./grants.js";
export { keyOf } from "./identity.js";
export { type DirectoryMailbox, listMailboxes, type MailboxKind } from "./mailboxes.js";
export {
  checkConversionRights,
  checkReceiveAs,
  checkWriteAccess,
  checkWriteTargetAddress,
} from "./permissions.js";
export { type RestoreResult, restoreUsers } from "./restore.js";
export { chooseUsers } from "./restore-choice.js";
export { boundAs, reviewAccount } from "./review-account.js";
export {
  type ConversionEvent,
  noteEvents,
  readEvents,
  readSnapshot,
  readSnapshotLines,
  type SnapshotUser,
  takeSnapshot,
} from "./snapshot.js";
export type * from "./types.js";
export {
  disableUnifiedMessaging,
  enableUnifiedMessaging,
  surveyUnifiedMessaging,
  type UnifiedMessagingResult,
  type UnifiedMessagingSurvey,
  type UnifiedMessagingUser,
} from "./unified-messaging.js";
export { keepUnifiedMessaging, readUnifiedMessaging } from "./unified-messaging-file.js";
export { unifiedMessagingRightsProblems } from "./unified-messaging-rights.js";
export { readUsers } from "./users.js";
