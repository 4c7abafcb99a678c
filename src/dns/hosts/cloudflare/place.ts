import { z } from "zod";
import type { DnsPlan } from "../../../plan/index.js";

/** Where a zone at Cloudflare is, as resources have it in state. */
export const cloudflarePlace = z.object({ kind: z.literal("cloudflare"), zoneId: z.string() });

/** The zone of a plan. */
export const cloudflarePlaceInPlan = ({
  zoneId,
}: Extract<DnsPlan, { host: "cloudflare" }>): z.output<typeof cloudflarePlace> => ({
  kind: "cloudflare",
  zoneId,
});
