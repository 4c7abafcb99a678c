import { z } from "zod";

/** Where a zone at Cloudflare is, as resources have it in state. */
export const cloudflarePlace = z.object({ kind: z.literal("cloudflare"), zoneId: z.string() });
