import type { z } from "zod";
import { MailstageError } from "../../../base/problem.js";
import { howToGive, secrets } from "../../../plan/secrets.js";
import type { NativeHost } from "../host-interface.js";
import { openedOnce } from "../shared/opened-zones.js";
import { cloudflareZone } from "./api.js";
import { cloudflareRecords } from "./native.js";
import type { cloudflarePlace } from "./place.js";

/** Pulumi's package for it. */
export const cloudflareSdk = { name: "@pulumi/cloudflare", major: 6 };

/** Cloudflare: a native resource for each value. */
export const cloudflare: NativeHost<z.output<typeof cloudflarePlace>> = {
  records: cloudflareRecords,
  open({ zoneId }, _zone, secretOf) {
    const token = secretOf(secrets.cloudflare);
    if (token === undefined)
      throw new MailstageError({
        code: "cloudflare-token-missing",
        subject: `Cloudflare zone ${zoneId}`,
        reason: "needs an API token",
        hint: `${howToGive(secrets.cloudflare)}; it needs Zone Read and DNS Edit for this zone`,
      });
    const base = process.env["CLOUDFLARE_BASE_URL"] ?? "https://api.cloudflare.com/client/v4";
    return openedOnce([base, zoneId, token], () => cloudflareZone(zoneId, token, base));
  },
};
