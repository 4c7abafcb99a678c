import type { StoredEntry } from "./entries.js";
import {
  type ConnectionState,
  type DirectoryContext,
  knownControls,
  type Of,
  pagedOid,
  unauthenticated,
  unknownControl,
} from "./operations.js";
import { type BoundAccount, emptyDescriptor, writableAttributes } from "./rights.js";
import { attributeType } from "./schema.js";
import { decodePaging, type Request, type Result, type ResultEntry } from "./wire.js";

/** Active Directory's MaxPageSize and MaxValRange: the most entries, and values of an attribute, one answer holds. */
const maxPageSize = 1000;
const maxValRange = 1500;

/** A search's answer; the cookie is there when it was paged. */
export interface SearchAnswer {
  readonly result: Result;
  readonly entries: readonly ResultEntry[];
  readonly cookie?: string;
}

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
    const nothing = context.faults.emptyPages === true && paging.cookie.startsWith("page");
    return nothing ? emptyPage(state, rest) : page(state, rest, paging.size);
  }
  const { searchResult, emptyPages } = context.faults;
  if (searchResult !== undefined && operation.scope !== 0)
    return none({ code: searchResult, message: `search ended with result ${searchResult}` });
  const found = context.entries
    .find(base, operation.scope, operation.filter)
    .map((entry) => view(context, entry, account, operation));
  if (paging !== undefined) return emptyPages ? emptyPage(state, found) : page(state, found, paging.size);
  const limit = Math.min(operation.sizeLimit === 0 ? maxPageSize : operation.sizeLimit, maxPageSize);
  return found.length <= limit
    ? { result: { code: 0 }, entries: found }
    : { result: { code: 4, message: "size limit exceeded" }, entries: found.slice(0, limit) };
}

function page(state: ConnectionState, entries: readonly ResultEntry[], wanted: number): SearchAnswer {
  const size = Math.min(wanted <= 0 ? maxPageSize : wanted, maxPageSize);
  const rest = entries.slice(size);
  if (rest.length === 0) return { result: { code: 0 }, entries, cookie: "" };
  return { result: { code: 0 }, entries: entries.slice(0, size), cookie: keepRest(state, "page", rest) };
}

/** No entry yet, and all of them on the next page. */
function emptyPage(state: ConnectionState, rest: readonly ResultEntry[]): SearchAnswer {
  return { result: { code: 0 }, entries: [], cookie: keepRest(state, "rest", rest) };
}

function keepRest(state: ConnectionState, kind: "page" | "rest", rest: readonly ResultEntry[]): string {
  const cookie = `${kind}-${state.nextCookie}`;
  state.nextCookie += 1;
  state.pages.set(cookie, rest);
  return cookie;
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
    const [description, begin] = rangeOf(requested);
    const name = attributeType(description)?.name ?? description;
    const values = computed(context, entry, account, name) ?? context.entries.values(entry, name);
    if (values.length === 0) return [];
    if (operation.typesOnly) return [{ name, values: [] }];
    return inRanges(name, values, begin, context.faults.valuesAtMost ?? maxValRange);
  });
  return { dn: entry.dn, attributes };
}

/** `proxyAddresses;range=1500-*` is proxyAddresses from the value 1500 on. */
function rangeOf(requested: string): [string, number | undefined] {
  const [, name, begin] = /^([^;]+);range=(\d+)-(?:\d+|\*)$/i.exec(requested) ?? [];
  return name === undefined ? [requested, undefined] : [name, Number(begin)];
}

/** Values as Active Directory gives them: many in parts, beside the attribute itself without any (MS-ADTS 3.1.1.3.1.3.3). */
function inRanges(
  name: string,
  values: readonly Buffer[],
  begin: number | undefined,
  atMost: number,
): ResultEntry["attributes"][number][] {
  if (begin === undefined && values.length <= atMost) return [{ name, values }];
  const from = begin ?? 0;
  const end = from + atMost < values.length ? from + atMost : undefined;
  const part = {
    name: `${name};range=${from}-${end === undefined ? "*" : end - 1}`,
    values: values.slice(from, end),
  };
  return begin === undefined ? [{ name, values: [] }, part] : [part];
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
      text("configurationNamingContext", `CN=Configuration,${namingContext}`),
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
