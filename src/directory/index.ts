/**
 * The on-premises Active Directory over LDAP: reading users, permissions, Unified Messaging and the conversion of
 * mailboxes to mail users (seed, "Convert on-premises mailboxes to mail-enabled users").
 */
export { connectDirectory, type Directory } from "./connection.js";
export type * from "./types.js";
