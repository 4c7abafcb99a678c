import { permissiveModifyOid, sdFlagsOid } from "../../src/on-premises/directory/controls.js";
import { canonicalDn } from "./dn.js";
import type { Entries } from "./entries.js";
import type { DirectoryFaults } from "./faults.js";
import { type BoundAccount, writableAttributes } from "./rights.js";
import { attributeType } from "./schema.js";
import type { Operation, Request, RequestControl, Result, ResultEntry } from "./wire.js";

/** The paged results control (RFC 2696). */
export const pagedOid = "1.2.840.113556.1.4.319";
/** Controls that may be critical. */
export const knownControls: ReadonlySet<string> = new Set([pagedOid, permissiveModifyOid, sdFlagsOid]);

/** What the operations need to know of the server. */
export interface DirectoryContext {
  readonly entries: Entries;
  readonly accounts: readonly BoundAccount[];
  readonly namingContext: string;
  /** The domain's short name. */
  readonly netbiosName: string;
  readonly faults: Pick<DirectoryFaults, "emptyPages" | "valuesAtMost" | "searchResult" | "referral">;
  readonly now: () => Date;
}

/** What one connection remembers between operations. */
export interface ConnectionState {
  secure: boolean;
  account: BoundAccount | undefined;
  /** What is left of paged searches, by cookie. */
  readonly pages: Map<string, readonly ResultEntry[]>;
  nextCookie: number;
}

/** An operation of one kind. */
export type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

/** A simple bind: by DN, `user@domain` or `DOMAIN\user`; never without TLS, as a hardened domain controller. */
export function bind(
  { accounts, entries, netbiosName }: DirectoryContext,
  state: ConnectionState,
  request: Of<"bind">,
): Result {
  state.account = undefined;
  if (request.password === undefined) return { code: 7, message: "only simple binds are known here" };
  if (request.name === "" && request.password === "") return { code: 0 };
  if (!state.secure)
    return {
      code: 8,
      message:
        "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection",
    };
  const account = accounts.find(
    (one) =>
      names(entries, one, netbiosName).has(request.name.toLowerCase()) ||
      canonicalDn(one.dn) === canonicalDn(request.name),
  );
  if (account === undefined || account.password !== request.password)
    return {
      code: 49,
      message: `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${account === undefined ? "525" : "52e"}, v2580`,
    };
  state.account = account;
  return { code: 0 };
}

/** `user@domain`, explicit or not, and `DOMAIN\user` of an account, from its entry. */
function names(entries: Entries, account: BoundAccount, netbiosName: string): ReadonlySet<string> {
  const entry = entries.get(account.dn);
  if (entry === undefined) return new Set();
  const text = (attribute: string) =>
    entries.values(entry, attribute).map((value) => value.toString().toLowerCase());
  const dnsName = [...canonicalDn(account.dn).matchAll(/(?:^|,)dc=([^,]+)/g)]
    .map(([, label]) => label)
    .join(".");
  return new Set([
    ...text("userPrincipalName"),
    ...text("sAMAccountName").flatMap((name) => [
      `${netbiosName.toLowerCase()}\\${name}`,
      `${dnsName}\\${name}`,
      `${name}@${dnsName}`,
    ]),
  ]);
}

/** A critical control nobody knows here. */
export function unknownControl(controls: readonly RequestControl[]): Result | undefined {
  const unknown = controls.find(({ oid, critical }) => critical && !knownControls.has(oid));
  return unknown && { code: 12, message: `control ${unknown.oid} is not known here` };
}

/** What anybody hears who is not bound. */
export const unauthenticated: Result = {
  code: 1,
  message:
    "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection.",
};

/** A modify: rights first, attribute by attribute, then all changes or none. */
export function modify(
  context: DirectoryContext,
  state: ConnectionState,
  request: Request,
  { dn, changes }: Of<"modify">,
): Result {
  const refused = unknownControl(request.controls);
  if (refused !== undefined) return refused;
  const { account } = state;
  if (account === undefined) return unauthenticated;
  if (context.faults.referral !== undefined)
    return {
      code: 10,
      message: `0000202B: RefErr: DSID-0310078B, data 0, 1 access points\n\tref 1: '${context.faults.referral}'\n`,
    };
  const entry = context.entries.get(dn);
  if (entry === undefined) return { code: 32, message: `0000208D: NameErr: no such object, ${dn}` };
  const allowed = new Set(
    writableAttributes(context.entries, entry, account).map((name) => name.toLowerCase()),
  );
  const denied = changes.find(
    ({ attribute }) => attributeType(attribute) !== undefined && !allowed.has(attribute.toLowerCase()),
  );
  if (denied !== undefined)
    return {
      code: 50,
      message: `00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), ${denied.attribute}`,
    };
  return context.entries.modify(
    entry.dn,
    changes,
    request.controls.some(({ oid }) => oid === permissiveModifyOid),
  );
}
