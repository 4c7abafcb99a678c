import { permissiveModifyOid, sdFlagsOid } from "../../directory/controls.js";
import { canonicalDn } from "./dn.js";
import type { Entries, StoredEntry } from "./entries.js";
import { type BoundAccount, emptyDescriptor, writableAttributes } from "./rights.js";
import { attributeType } from "./schema.js";
import {
  decodePaging,
  type Operation,
  type Request,
  type RequestControl,
  type Result,
  type ResultEntry,
} from "./wire.js";

/** Active Directory's MaxPageSize: the most entries one answer holds. */
const maxPageSize = 1000;
const pagedOid = "1.2.840.113556.1.4.319";
const knownControls = new Set([pagedOid, permissiveModifyOid, sdFlagsOid]);

/** What the operations need to know of the server. */
export interface DirectoryContext {
  readonly entries: Entries;
  readonly accounts: readonly BoundAccount[];
  readonly namingContext: string;
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

/** A search's answer; the cookie is there when it was paged. */
export interface SearchAnswer {
  readonly result: Result;
  readonly entries: readonly ResultEntry[];
  readonly cookie?: string;
}

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

/** A simple bind: by DN, `user@domain` or `DOMAIN\user`; never without TLS, as a hardened domain controller. */
export function bind(
  { accounts, entries }: DirectoryContext,
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
      names(entries, one).has(request.name.toLowerCase()) ||
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

/** `user@domain` and `DOMAIN\user` of an account, from its entry. */
function names(entries: Entries, account: BoundAccount): ReadonlySet<string> {
  const entry = entries.get(account.dn);
  if (entry === undefined) return new Set();
  const text = (attribute: string) =>
    entries.values(entry, attribute).map((value) => value.toString().toLowerCase());
  const domain = /(?:^|,)dc=([^,]+)/.exec(canonicalDn(account.dn))?.[1] ?? "";
  return new Set([
    ...text("userPrincipalName"),
    ...text("sAMAccountName").map((name) => `${domain}\\${name}`),
  ]);
}

function unknownControl(controls: readonly RequestControl[]): Result | undefined {
  const unknown = controls.find(({ oid, critical }) => critical && !knownControls.has(oid));
  return unknown && { code: 12, message: `control ${unknown.oid} is not known here` };
}

const unauthenticated: Result = {
  code: 1,
  message:
    "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection.",
};

/** A search; only the root DSE is open to everybody. */
export function search(
  context: DirectoryContext,
  state: ConnectionState,
  request: Request,
  operation: Of<"search">,
): SearchAnswer {
  const none = (result: Result): SearchAnswer => ({ result, entries: [] });
  const refused = unknownControl(request.controls);
  if (refused !== undefined) return none(refused);
  if (operation.base === "" && operation.scope === 0)
    return { result: { code: 0 }, entries: [project(rootDse(context), operation.attributes)] };
  const { account } = state;
  if (account === undefined) return none(unauthenticated);
  const base = resolveBase(context, operation.base);
  if (base === undefined)
    return none({ code: 32, message: `0000208D: NameErr: no such object, ${operation.base}` });

  const control = request.controls.find(({ oid }) => oid === pagedOid);
  const paging = control && decodePaging(control.value);
  if (paging?.cookie) {
    const rest = state.pages.get(paging.cookie);
    state.pages.delete(paging.cookie);
    if (rest === undefined) return none({ code: 53, message: "the paging cookie is not of this connection" });
    return page(state, rest, paging.size);
  }
  const found = context.entries
    .find(base, operation.scope, operation.filter)
    .map((entry) => view(context, entry, account, operation));
  if (paging !== undefined) return page(state, found, paging.size);
  const limit = Math.min(operation.sizeLimit === 0 ? maxPageSize : operation.sizeLimit, maxPageSize);
  return found.length <= limit
    ? { result: { code: 0 }, entries: found }
    : { result: { code: 4, message: "size limit exceeded" }, entries: found.slice(0, limit) };
}

function page(state: ConnectionState, entries: readonly ResultEntry[], wanted: number): SearchAnswer {
  const size = Math.min(wanted <= 0 ? maxPageSize : wanted, maxPageSize);
  const rest = entries.slice(size);
  if (rest.length === 0) return { result: { code: 0 }, entries, cookie: "" };
  const cookie = `page-${state.nextCookie}`;
  state.nextCookie += 1;
  state.pages.set(cookie, rest);
  return { result: { code: 0 }, entries: entries.slice(0, size), cookie };
}

function resolveBase({ entries, accounts }: DirectoryContext, base: string): string | undefined {
  const sid = /^<SID=(.+)>$/i.exec(base)?.[1];
  const dn = sid === undefined ? base : accounts.find((account) => account.sid === sid)?.dn;
  return dn === undefined ? undefined : entries.get(dn)?.canonical;
}

function view(
  context: DirectoryContext,
  entry: StoredEntry,
  account: BoundAccount,
  operation: Of<"search">,
): ResultEntry {
  const list =
    operation.attributes.length === 0 || operation.attributes.includes("*")
      ? [...entry.attributes.values()].map(({ name }) => name)
      : operation.attributes;
  const attributes = list.flatMap((requested) => {
    const name = attributeType(requested)?.name ?? requested;
    const values = computed(context, entry, account, name) ?? context.entries.values(entry, name);
    return values.length === 0 ? [] : [{ name, values: operation.typesOnly ? [] : values }];
  });
  return { dn: entry.dn, attributes };
}

function computed(
  context: DirectoryContext,
  entry: StoredEntry,
  account: BoundAccount,
  name: string,
): readonly Buffer[] | undefined {
  if (name === "allowedAttributesEffective")
    return writableAttributes(context.entries, entry, account).map((attribute) => Buffer.from(attribute));
  if (name !== "nTSecurityDescriptor") return undefined;
  const stored = context.entries.values(entry, name);
  return stored.length > 0 ? stored : [emptyDescriptor];
}

function rootDse({ namingContext, now }: DirectoryContext): ResultEntry {
  const text = (name: string, ...values: string[]) => ({
    name,
    values: values.map((value) => Buffer.from(value)),
  });
  return {
    dn: "",
    attributes: [
      text("objectClass", "top"),
      text("defaultNamingContext", namingContext),
      text("namingContexts", namingContext, `CN=Configuration,${namingContext}`),
      text("supportedLDAPVersion", "3"),
      text("supportedCapabilities", "1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"),
      text("supportedControl", ...knownControls),
      text("supportedExtension", "1.3.6.1.4.1.1466.20037"),
      text(
        "currentTime",
        `${now()
          .toISOString()
          .replace(/[-:T]|\.\d+Z$/g, "")}.0Z`,
      ),
    ],
  };
}

function project(entry: ResultEntry, names: readonly string[]): ResultEntry {
  if (names.length === 0 || names.includes("*")) return entry;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return { ...entry, attributes: entry.attributes.filter(({ name }) => wanted.has(name.toLowerCase())) };
}

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
    dn,
    changes,
    request.controls.some(({ oid }) => oid === permissiveModifyOid),
  );
}
