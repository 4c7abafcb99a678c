/** How the text of a list is written. All of them say the same. */
export interface ListForm {
  readonly encoding: "utf-8" | "utf-8 with a mark" | "utf-16le" | "utf-16be";
  readonly ends: "\n" | "\r\n" | "\r";
  readonly quoted: boolean;
  /** Addresses as somebody else would type them. */
  readonly capitals: boolean;
  readonly header: "EmailAddress" | "emailaddress" | "ForceChangePassword,EmailAddress";
}

/** As an editor on Linux writes it. */
export const plainForm: ListForm = {
  encoding: "utf-8",
  ends: "\n",
  quoted: false,
  capitals: false,
  header: "EmailAddress",
};

/** A list with these addresses in a form. */
export function writtenList(addresses: readonly string[], form: ListForm): Buffer {
  const { encoding, ends, quoted, capitals, header } = form;
  const cell = (text: string) => (quoted ? `"${text}"` : text);
  const row = (address: string) => cell(capitals ? address.toUpperCase() : address);
  const lines = addresses.map((address) => (header.includes(",") ? `False,${row(address)}` : row(address)));
  const text = [...[header, ...lines].map((line) => `${line}${ends}`)].join("");
  if (encoding === "utf-8") return Buffer.from(text);
  const marked = `\ufeff${text}`;
  if (encoding === "utf-8 with a mark") return Buffer.from(marked);
  const little = Buffer.from(marked, "utf16le");
  return encoding === "utf-16le" ? little : little.swap16();
}
