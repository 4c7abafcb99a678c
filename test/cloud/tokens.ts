import type { AccessToken, GetTokenOptions } from "@azure/core-auth";
import { type Cloud, cloudOf } from "../../src/microsoft365/index.js";

export const tenantId = "11111111-2222-4333-8444-555555555555";

/** A credential that issues `token-1`, and after a claims challenge `token-2`, …; it records what it was asked for. */
export function staticTokens() {
  const asked: { scopes: string | string[]; claims: string | undefined }[] = [];
  return {
    asked,
    async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
      asked.push({ scopes, claims: options?.claims });
      return { token: `token-${asked.length}`, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
}

/** A cloud whose services are all at one loopback address. */
export function loopbackCloud(base: string): Cloud {
  return cloudOf({
    id: tenantId,
    cloud: "worldwide",
    endpoints: { authority: base, graph: base, exchange: base },
  });
}
