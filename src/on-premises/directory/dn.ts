/** A DN in one spelling: lower-case, no spaces around commas and equals signs. */
function plain(dn: string): string {
  return dn.toLowerCase().replace(/\s*([,=])\s*/g, "$1");
}

/** Whether a DN is at or below another one. */
export function isBelow(dn: string, base: string): boolean {
  return base === "" || `,${plain(dn)}`.endsWith(`,${plain(base)}`);
}

/** A DN cut at its commas, leftmost first, escapes left as they are. Most have none, and a large directory asks often. */
export function dnParts(dn: string): readonly string[] {
  return dn.includes("\\") ? (dn.match(/(?:\\.|[^\\,])+/gs) ?? []) : dn.split(",");
}

/** The value of one part of a DN, escapes resolved as UTF-8 (RFC 4514). */
export function partValue(part: string): string {
  const value = part.slice(part.indexOf("=") + 1).trim();
  if (!value.includes("\\")) return value;
  const octets: Buffer[] = [];
  for (const [piece] of value.matchAll(/\\[0-9a-f]{2}|\\.|[^\\]+/gis))
    octets.push(
      !piece.startsWith("\\")
        ? Buffer.from(piece)
        : piece.length === 3
          ? Buffer.from(piece.slice(1), "hex")
          : Buffer.from(piece.slice(1)),
    );
  return Buffer.concat(octets).toString("utf8");
}

/** The values of a DN's parts, leftmost first; multi-valued parts are one. */
export function dnValues(dn: string): readonly string[] {
  return dnParts(dn).map(partValue);
}
