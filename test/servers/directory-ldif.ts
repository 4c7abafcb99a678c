import { toOctets } from "../../src/on-premises/directory/attributes.js";
import type { AttributeValues } from "../../src/on-premises/directory/index.js";

/** One entry for LDIF. */
export interface LdifEntry {
  readonly dn: string;
  readonly attributes: AttributeValues;
}

/** Entries as LDIF (RFC 2849), every value in base64, so that nothing has to be escaped or folded. */
export function toLdif(entries: readonly LdifEntry[]): string {
  return entries
    .map(({ dn, attributes }) =>
      [
        `dn:: ${Buffer.from(dn).toString("base64")}`,
        ...Object.entries(attributes).flatMap(([name, values]) =>
          values.map((value) => `${name}:: ${toOctets(value).toString("base64")}`),
        ),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** The DNs above the entries that have no entry of their own, topmost first, down to (and with) the naming context. */
export function missingContainers(dns: readonly string[], namingContext: string): string[] {
  const present = new Set(dns.map((dn) => dn.toLowerCase()));
  const missing = new Map<string, string>();
  for (const dn of dns)
    for (
      let above = upper(dn);
      above.toLowerCase().endsWith(namingContext.toLowerCase());
      above = upper(above)
    )
      if (!present.has(above.toLowerCase())) missing.set(above.toLowerCase(), above);
  return [...missing.values()].sort((left, right) => left.length - right.length);
}

function upper(dn: string): string {
  return dn.replace(/^(?:\\.|[^,\\])*,?/, "");
}
