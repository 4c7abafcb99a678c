/**
 * The authentication schemes of `WWW-Authenticate` values, as written, without repetition. One value may hold
 * several challenges with parameters, separated by commas (RFC 9110 §11.6.1); IIS sends one a line.
 */
export function schemesOf(values: readonly string[]): string[] {
  const schemes = new Map<string, string>();
  for (const value of values)
    for (const part of splitOutsideQuotes(value)) {
      // `realm="x"` goes on with the challenge before it; `Basic realm="x"` and a bare `NTLM` begin one.
      const scheme = /^([!#$%&'*+.^_`|~\w-]+)(?:\s|$)(?!\s*=)/.exec(part.trim())?.[1];
      if (scheme !== undefined && !schemes.has(scheme.toLowerCase()))
        schemes.set(scheme.toLowerCase(), scheme);
    }
  return [...schemes.values()];
}

/** Whether a scheme is among them; schemes know no case. */
export function offers(schemes: readonly string[], scheme: "Basic" | "NTLM" | "Negotiate"): boolean {
  return schemes.some((offered) => offered.toLowerCase() === scheme.toLowerCase());
}

/** The token an `NTLM <base64>` challenge carries, the second message of its handshake. */
export function ntlmTokenOf(values: readonly string[]): string | undefined {
  for (const value of values) {
    const token = /^NTLM\s+([A-Za-z0-9+/]+=*)\s*$/i.exec(value.trim())?.[1];
    if (token !== undefined) return token;
  }
  return undefined;
}

function splitOutsideQuotes(value: string): string[] {
  return value.match(/(?:"(?:\\.|[^"\\])*"?|[^",])+/g) ?? [];
}
