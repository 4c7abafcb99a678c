import { nativeDns } from "../../../plan/dns-plan.js";
import { secrets } from "../../../plan/secrets.js";
import type { AboutHost } from "../host-interface.js";

const { environment, config } = secrets.cloudflare;

/** What people are told of Cloudflare and asked of a zone there, and how its zones are recognized. */
export const aboutCloudflare = {
  title: "Cloudflare",
  nameServers: /\.ns\.cloudflare\.com$/,
  needs: `the zone's id (--zone-id), and ${environment} with Zone Read and DNS Edit`,
  asked: [
    {
      name: "zoneId",
      flag: "--zone-id <id>",
      meaning: "The zone's id at Cloudflare, 32 hexadecimal digits",
      schema: nativeDns.cloudflare.shape.zoneId,
    },
  ],
  propose: ({ zoneId = "" }) => ({ host: "cloudflare", zoneId }),
  writesWith: { environment, config },
  reviewsWith: { environment, secret: "MAILSTAGE_REVIEW_CLOUDFLARE_API_TOKEN" },
} as const satisfies AboutHost;
