/** A DN cut at its commas, escapes left as they are. Most have none, and a large directory asks often. */
function pieces(dn: string): readonly string[] {
  return dn.includes("\\") ? (dn.match(/(?:\\.|[^\\,])+/gs) ?? []) : dn.split(",");
}

/** The parts of a DN, leftmost first, escapes resolved; RFC 4514 without multi-valued parts. */
function parts(dn: string): readonly { readonly type: string; readonly value: string }[] {
  if (dn.trim() === "") return [];
  return pieces(dn).map((piece) => {
    const equals = piece.indexOf("=");
    return {
      type: piece.slice(0, equals).trim().toLowerCase(),
      value: unescapeValue(piece.slice(equals + 1).trim()),
    };
  });
}

function unescapeValue(value: string): string {
  if (!value.includes("\\")) return value;
  const octets: Buffer[] = [];
  for (const [piece] of value.matchAll(/\\[0-9a-f]{2}|\\.|[^\\]+/gi))
    octets.push(
      !piece.startsWith("\\")
        ? Buffer.from(piece)
        : piece.length === 3
          ? Buffer.from(piece.slice(1), "hex")
          : Buffer.from(piece.slice(1)),
    );
  return Buffer.concat(octets).toString("utf8");
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
