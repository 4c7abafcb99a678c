import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The secret as somebody's program may have written it, made here with no help of the program's own. */
export function disguises(secret: string): Map<string, Buffer> {
  const texts: [string, string][] = [
    ["in clear", secret],
    ["for JSON", JSON.stringify(secret).slice(1, -1)],
    ["for a URL", encodeURIComponent(secret)],
    ["for a form", new URLSearchParams({ x: secret }).toString().slice(2)],
    ["for HTML", secret.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)],
  ];
  const forms = new Map<string, Buffer>(texts.map(([name, text]) => [name, Buffer.from(text)]));
  for (const encoding of ["utf8", "utf16le"] as const) {
    const octets = Buffer.from(secret, encoding);
    forms.set(`in ${encoding}`, octets);
    forms.set(`in numbers of ${encoding}`, Buffer.from(octets.join(",")));
    forms.set(`in hexadecimal of ${encoding}`, Buffer.from(octets.toString("hex")));
    for (const before of [0, 1, 2])
      for (const after of [0, 1, 2]) {
        // The digits at either end belong to the neighbours too.
        const digits = Buffer.concat([Buffer.alloc(before), octets, Buffer.alloc(after)]).toString("base64");
        const own = digits.replace(/=+$/, "").slice(before === 0 ? 0 : 4, -4);
        if (own.length >= 8) forms.set(`in base64 of ${encoding} at ${before}`, Buffer.from(own));
      }
  }
  forms.set("in UTF-16BE", Buffer.from(secret, "utf16le").swap16());
  return forms;
}

/** Where and how any of the secrets stands in any of the texts; empty where none does. */
export function findSecrets(
  secrets: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string | Buffer>>,
): string[] {
  const found: string[] = [];
  for (const [what, secret] of Object.entries(secrets)) {
    const forms = disguises(secret);
    for (const [where, text] of Object.entries(texts)) {
      const octets = Buffer.from(text);
      for (const [how, form] of forms) if (octets.includes(form)) found.push(`${what} ${how} in ${where}`);
    }
  }
  return found;
}

/** Every file below a folder by its path, but for those that `skip` names. */
export async function filesBelow(folder: string, skip: RegExp): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !skip.test(path)) files[path.slice(folder.length + 1)] = await readFile(path);
  }
  return files;
}
