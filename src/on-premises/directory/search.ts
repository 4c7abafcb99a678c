import { isUtf8 } from "node:buffer";
import {
  type Attribute,
  type Client,
  type Control,
  type Filter,
  PagedResultsControl,
  PresenceFilter,
  type SearchEntry,
  SearchRequest,
  SearchResponse,
  StatusCodeParser,
} from "ldapts";
import { isBinary } from "./attributes.js";
import { searchTimeLimit } from "./session.js";
import type { AttributeValue, AttributeValues } from "./types.js";

/** One entry as read: its DN and the requested attributes it has. */
export interface DirectoryEntry {
  readonly dn: string;
  readonly attributes: AttributeValues;
}

/** One search; always paged, so Active Directory's limit of 1,000 entries never cuts it short. */
export interface DirectorySearch {
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly controls?: readonly Control[];
  /** Entries a page. @default the plan's `directory.pageSize` */
  readonly pageSize?: number;
  /** What is kept of each entry as its page comes, where an entry as a whole is large. @default all of it */
  readonly keep?: (entry: DirectoryEntry) => DirectoryEntry;
}

/** More pages without an entry than any server gives in a row: it would be asked for ever. */
const emptyPagesAtMost = 1000;

/**
 * All entries of all pages, each with all values of its attributes: an empty page is not the last one (RFC 2696), and a
 * long list of values comes in ranges (MS-ADTS 3.1.1.3.1.3.3). @throws ldapts' ResultCodeError
 */
export async function searchAll(
  client: Client,
  search: DirectorySearch,
  pageSize: number,
): Promise<DirectoryEntry[]> {
  const found: DirectoryEntry[] = [];
  const { keep = (entry: DirectoryEntry) => entry } = search;
  let empty = 0;
  for (let cookie: Buffer | undefined = Buffer.alloc(0); cookie !== undefined; ) {
    const page = await askPage(client, search, { size: search.pageSize ?? pageSize, cookie });
    for (const raw of page.entries) found.push(keep(await toEntry(client, raw, search)));
    empty = page.entries.length === 0 ? empty + 1 : 0;
    if (empty > emptyPagesAtMost) throw new Error(`${emptyPagesAtMost} pages in a row hold no entry`);
    cookie = page.cookie;
  }
  return found;
}

interface Page {
  readonly entries: readonly SearchEntry[];
  /** Where the next page begins; undefined after the last one. */
  readonly cookie: Buffer | undefined;
}

/**
 * One answer of the server. `Client.search` ends at the first page without an entry and gives nobody the cookie, so the
 * request is sent as it sends its own.
 */
async function askPage(
  client: Client,
  { base, scope, filter, attributes, controls = [] }: DirectorySearch,
  paging: { readonly size: number; readonly cookie: Buffer },
): Promise<Page> {
  const answer: unknown = await client["_send"](
    new SearchRequest({
      messageId: client["_nextMessageId"](),
      baseDN: base,
      scope,
      filter,
      attributes: [...attributes],
      timeLimit: searchTimeLimit,
      controls: [...controls, ...(scope === "base" ? [] : [new PagedResultsControl({ value: paging })])],
    }),
  );
  if (!(answer instanceof SearchResponse)) throw new Error("the search was answered by something else");
  if (answer.status !== 0) throw StatusCodeParser.parse(answer);
  const control = answer.controls?.find((one) => one instanceof PagedResultsControl);
  const cookie = control?.value?.cookie;
  return {
    entries: answer.searchEntries,
    cookie: cookie === undefined || cookie.length === 0 ? undefined : cookie,
  };
}

async function toEntry(
  client: Client,
  raw: SearchEntry,
  { attributes, controls }: DirectorySearch,
): Promise<DirectoryEntry> {
  const spelling = new Map(attributes.map((name) => [name.toLowerCase(), name]));
  const values = new Map<string, readonly AttributeValue[]>();
  for (const attribute of raw.attributes) {
    const { name, octets } = await wholeAttribute(client, raw.name, attribute, controls);
    if (octets.length > 0)
      values.set(
        spelling.get(name.toLowerCase()) ?? name,
        octets.map((value) => toValue(name, value)),
      );
  }
  return { dn: raw.name, attributes: Object.fromEntries(values) };
}

/** `proxyAddresses;range=0-1499`: so many values, and more to be asked for; `1500-*`: the last ones. */
function rangeOf(type: string): { name: string; next: number | undefined } | undefined {
  const [, name, last] = /^([^;]+);range=\d+-(\d+|\*)$/i.exec(type) ?? [];
  if (name === undefined || last === undefined) return undefined;
  return { name, next: last === "*" ? undefined : Number(last) + 1 };
}

async function wholeAttribute(
  client: Client,
  dn: string,
  first: Attribute,
  controls: readonly Control[] = [],
): Promise<{ name: string; octets: readonly Buffer[] }> {
  const begin = rangeOf(first.type);
  if (begin === undefined) return { name: first.type, octets: first.parsedBuffers };
  const octets = [...first.parsedBuffers];
  for (let next = begin.next; next !== undefined; ) {
    const asked = `${begin.name};range=${next}-*`;
    const { entries } = await askPage(
      client,
      {
        base: dn,
        scope: "base",
        filter: new PresenceFilter({ attribute: "objectClass" }),
        attributes: [asked],
        controls,
      },
      { size: 1, cookie: Buffer.alloc(0) },
    );
    const more = entries[0]?.attributes.find(
      ({ type }) => rangeOf(type)?.name.toLowerCase() === begin.name.toLowerCase(),
    );
    const range = more && rangeOf(more.type);
    if (more === undefined || range === undefined || (range.next !== undefined && range.next <= next))
      throw new Error(`${dn} has more values of ${begin.name} than it gives for ${asked}`);
    octets.push(...more.parsedBuffers);
    next = range.next;
  }
  return { name: begin.name, octets };
}

function toValue(attribute: string, octets: Buffer): AttributeValue {
  // Text that is no UTF-8 stays as it came: a snapshot of it must restore the same octets.
  if (!isBinary(attribute) && isUtf8(octets)) return octets.toString("utf8");
  return { base64: octets.toString("base64") };
}
