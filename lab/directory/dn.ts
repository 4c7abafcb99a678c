import { dnParts, partValue } from "../../src/on-premises/directory/dn.js";

/** The parts of a DN, leftmost first, escapes resolved; RFC 4514 without multi-valued parts. */
function parts(dn: string): readonly { readonly type: string; readonly value: string }[] {
  if (dn.trim() === "") return [];
  return dnParts(dn).map((part) => ({
    type: part.slice(0, part.indexOf("=")).trim().toLowerCase(),
    value: partValue(part),
  }));
}

function join(list: readonly { readonly type: string; readonly value: string }[]): string {
  return list
    .map(
      ({ type, value }) =>
        `${type}=${value.toLowerCase().replace(/[\\,+"<>;=]/g, (special) => `\\${special}`)}`,
    )
    .join(",");
}

/** One spelling for all spellings of a DN: lower-case, no spaces around commas, one way of escaping. */
export function canonicalDn(dn: string): string {
  return join(parts(dn));
}

/** The canonical DN of the entry above; the empty string above the last part. */
export function parentDn(dn: string): string {
  return join(parts(dn).slice(1));
}

/** The value of the first part: the entry's own name. */
export function firstValue(dn: string): string {
  return parts(dn)[0]?.value ?? "";
}

/** The naming context of a DN: its `DC=` end, or all of it where it has none. */
export function domainParts(dn: string): string {
  return /(?:^|,)\s*(DC=.*)$/i.exec(dn)?.[1] ?? dn;
}
