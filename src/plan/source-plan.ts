import { z } from "zod";
import { dnsName, emailAddress, ldapUrl, serverName } from "./names.js";
import { objectName } from "./wave-plan.js";

/** The on-premises Exchange organization, as the migration endpoint reaches it (Microsoft's cmdlet reference, 2026-11). */
export const sourceSchema = z.strictObject({
  testMailbox: emailAddress.describe(
    "A mailbox in the plan's domain that will be migrated; the service tests the connection with it. Change: replaces the endpoint with Autodiscover, else updates it",
  ),
  account: z
    .string()
    .regex(/^(?:[^\\\s@]+\\[^\\\s]+|[^@\s\\]+@[^@\s\\]+)$/, "must be DOMAIN\\user or an e-mail address")
    .describe(
      "The migration administrator on premises, DOMAIN\\user or an e-mail address; its password is mailstage:sourcePassword, never here. Change: updates the endpoint",
    ),
  exchangeServer: dnsName
    .optional()
    .describe(
      "FQDN of the on-premises Exchange server, together with rpcProxyServer; default: Autodiscover. Change: updates the endpoint; to or from Autodiscover replaces it",
    ),
  rpcProxyServer: serverName
    .optional()
    .describe(
      "FQDN of the RPC proxy server for Outlook Anywhere, together with exchangeServer; default: Autodiscover. Change: updates the endpoint; to or from Autodiscover replaces it",
    ),
  rpcProxyPort: z
    .int()
    .min(1)
    .max(65_535)
    .default(443)
    .describe("TCP port of the RPC proxy, for the preflight. Change: takes effect at the next preflight"),
  authentication: z
    .enum(["Basic", "Ntlm"])
    .default("Basic")
    .describe("How Outlook Anywhere authenticates. Change: updates the endpoint"),
  endpointName: objectName
    .default("mailstage")
    .describe("Name of the migration endpoint. Change: replaces the endpoint, and with it every batch"),
  mailboxPermission: z
    .enum(["Admin", "FullAccess"])
    .optional()
    .describe(
      "What the account has on the mailboxes; default: the service tries Admin, then FullAccess. Change: updates the endpoint",
    ),
  credentials: z
    .enum(["powershell", "rest", "adopt"])
    .default("powershell")
    .describe(
      "How the endpoint's credentials travel; adopt: an administrator made the endpoint by hand. Change: takes effect at the next change of the endpoint",
    ),
  exchange: z
    .enum(["2003", "2007"])
    .default("2007")
    .describe(
      "Exchange version on premises, which decides the flavour of the conversion; 2003 has no Autodiscover. Change: concerns users not converted yet",
    ),
});

const distinguishedName = z
  .string()
  .regex(/^(?:[Cc][Nn]|[Oo][Uu]|[Dd][Cc])=.+,.+$/, "must be a DN such as OU=Staff,DC=corp,DC=contoso,DC=com");

/** The right the migration service needs on every user, given by mailstage (Microsoft's procedure, Prepare, step 4; MS-ADTS 5.1.3). */
const grantSchema = z.strictObject({
  organizationalUnit: distinguishedName.describe(
    "DN of the organizational unit whose users the migration administrator may write targetAddress of; one inheritable permission is added there. Change: takes it from the former unit and gives it on the new one",
  ),
  account: z
    .string()
    .min(3)
    .optional()
    .describe(
      "Who gets it, as a DN, DOMAIN\\user or an address: the migration administrator or a group it is in; default: source.account. Change: takes it from the former account and gives it to the new one",
    ),
});

/** The on-premises Active Directory: where users are read and converted. */
export const directorySchema = z.strictObject({
  url: ldapUrl.describe(
    "ldaps://host[:port] or ldap://host[:port]; ldap is upgraded by StartTLS, TLS is always verified. Change: takes effect at the next connection",
  ),
  baseDn: z
    .string()
    .min(3)
    .describe("DN the users are searched under. Change: takes effect at the next search"),
  bindDn: z
    .string()
    .min(3)
    .describe("DN of the account that reads and converts users. Change: takes effect at the next connection"),
  pageSize: z
    .int()
    .min(1)
    .max(1000)
    .default(500)
    .describe("Entries per page of a search. Change: takes effect at the next search"),
  grantTargetAddress: grantSchema
    .optional()
    .describe(
      "Lets mailstage give the migration administrator the right to write targetAddress; default: somebody has given it already. Change: gives it, or takes away what was given",
    ),
  mailboxDatabase: distinguishedName
    .optional()
    .describe(
      "DN of the mailbox database on which the migration administrator has Receive As; default: the account has FullAccess on the mailboxes, which LDAP does not show. Change: takes effect at the next way into prepare",
    ),
});

/** Settings of the conversion of mailboxes to mail users. */
export const conversionSchema = z.strictObject({
  snapshots: z
    .string()
    .regex(
      /^(?![a-z0-9]+:\/\/)[^\p{Cc}]+$|^(?:azblob|s3|gs):\/\/[\w.-]+(?:\/[\w./-]*)?(?:\?(?:&?(?:storage_account|domain|protocol|localemu|region|profile|endpoint|awssdk)=[^&#]*)*)?$|^file:\/\/\/[^?#]+$/u,
      "must be a folder, or a container or bucket such as azblob://state/snapshots?storage_account=contosomail, s3://… or gs://…",
    )
    .optional()
    .describe(
      "Where it is kept what users and records were like before mailstage changed them: a folder, absolute or relative to that of Pulumi.yaml, or azblob://container/folder, s3:// or gs://; each stack has a folder of its own in it. Default: the folder snapshots in the container or bucket that PULUMI_BACKEND_URL names, else snapshots beside Pulumi.yaml. Change: waves that have a snapshot stay with it, later ones go to the new place",
    ),
  recipientTypeDetails: z
    .enum(["128", "remove"])
    .default("128")
    .describe(
      "msExchRecipientTypeDetails of a converted user: 128 (mail user), or removed. Change: concerns users not converted yet",
    ),
});
