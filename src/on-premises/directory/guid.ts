import type { AttributeValue } from "./types.js";

const pattern = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/**
 * A GUID's 16 octets as Active Directory stores them: the first three groups little-endian
 * (.NET `Guid.ToByteArray`, MS-DTYP 2.3.4.2). Undefined when the text is not a GUID.
 */
export function guidOctets(text: string): Buffer | undefined {
  const groups = pattern.exec(text.trim());
  if (groups === null) return undefined;
  const octets = Buffer.from(groups.slice(1).join(""), "hex");
  octets.subarray(0, 4).reverse();
  octets.subarray(4, 6).reverse();
  octets.subarray(6, 8).reverse();
  return octets;
}

/** The text of 16 octets in Active Directory's order, lower-case and without braces; undefined for another length. */
export function guidText(octets: Uint8Array): string | undefined {
  if (octets.length !== 16) return undefined;
  const bytes = Buffer.from(octets);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The GUID in an attribute's value, as text; undefined when it is none. */
export function guidOf(value: AttributeValue | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return undefined;
  return guidText(Buffer.from(value.base64, "base64"));
}
