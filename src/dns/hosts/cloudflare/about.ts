import { secrets } from "../../../plan/secrets.js";
import type { AboutHost } from "../host-interface.js";

const { environment, config } = secrets.cloudflare;

/** What people are told of Cloudflare, and how its zones are recognized. */
export const aboutCloudflare: AboutHost = {
  title: "Cloudflare",
  nameServers: /\.ns\.cloudflare\.com$/,
  needs: `the zone's id (--zone-id), and ${environment} with Zone Read and DNS Edit`,
  writesWith: { environment, config },
  reviewsWith: { environment, secret: "MAILSTAGE_REVIEW_CLOUDFLARE_API_TOKEN" },
};
