/** Shorter ones are everywhere: taking them out would leave no text. */
const shortest = 4;

/**
 * A secret in the forms in which a service's text may hold it: as it is, escaped for JSON, XML or a URL, octet by octet in numbers, and in base64
 * wherever it stands in what was encoded; from UTF-8 and from UTF-16LE, which PowerShell encodes. None for what is too short to be told.
 */
export function secretForms(secret: string): string[] {
  if (secret.length < shortest) return [];
  const forms = [secret, JSON.stringify(secret).slice(1, -1), xml(secret)];
  if (secret.isWellFormed()) {
    const url = encodeURIComponent(secret);
    forms.push(
      url,
      url.replaceAll("%20", "+"),
      url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    );
  }
  for (const bytes of [Buffer.from(secret, "utf8"), Buffer.from(secret, "utf16le")]) {
    const hex = bytes.toString("hex");
    forms.push(bytes.join(","), hex, hex.toUpperCase(), bytes.toString("base64"), ...base64(bytes));
  }
  return [...new Set(forms)].sort((left, right) => right.length - left.length);
}

/** The digits that belong to these octets alone, at each of the three places where they can begin. */
function base64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
    const own = digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    const standard = own.replaceAll("-", "+").replaceAll("_", "/");
    return own.length < shortest + 2 ? [] : [own, standard, encodeURIComponent(standard)];
  });
}

function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
