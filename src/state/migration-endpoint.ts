import { z } from "zod";
import { contract } from "./contract.js";
import { tenantInput } from "./settings.js";

/** Inputs of `MigrationEndpoint`. */
export const migrationEndpointInputs = {
  /** The tenant. */
  tenant: tenantInput,
  /** Name of the endpoint, for `SourceEndpoint`. Replaces. */
  name: z.string(),
  /** A mailbox that will be migrated, with which the service tests the connection. Replaces. */
  emailAddress: z.string(),
  /** The migration administrator, `DOMAIN\user` or an e-mail address. */
  account: z.string(),
  /** FQDN of the on-premises Exchange server; absent: Autodiscover. Going from one to the other replaces. */
  exchangeServer: z.string().optional(),
  /** FQDN of the RPC proxy server. */
  rpcProxyServer: z.string().optional(),
  /** How Exchange Online signs in to Outlook Anywhere. @default Basic */
  authentication: z.enum(["Basic", "Ntlm"]),
  /** Absent: Exchange tries administrator access first, then FullAccess and Receive As. */
  mailboxPermission: z.enum(["Admin", "FullAccess"]).optional(),
  /** How the password travels; `adopt`: an administrator made the endpoint by hand. */
  credentials: z.enum(["powershell", "rest", "adopt"]),
  /** SHA-256 of the account's password, so that a new one is noticed; the service never returns it. Secret; empty where the run has no password. */
  passwordDigest: z.string().optional(),
};

/** Outputs of `MigrationEndpoint`. */
export const migrationEndpointOutputs = {
  /** Exchange's id of the endpoint. */
  guid: z.string(),
  /** Whether the last test by Exchange succeeded. */
  tested: z.boolean(),
};

/** How Exchange Online reaches the on-premises Exchange organization. */
export const migrationEndpointContract = contract({
  inputs: z.object(migrationEndpointInputs),
  outputs: z.object(migrationEndpointOutputs),
  replaceOn: ["name", "emailAddress"],
  ignoreChanges: ["credentials"],
});
