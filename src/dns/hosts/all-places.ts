import { z } from "zod";
import { azurePlace } from "./azure/place.js";
import { cloudflarePlace } from "./cloudflare/place.js";

/** A zone at a host with a Pulumi provider of its own, as resources have it in state. */
export const hostPlace = z.discriminatedUnion("kind", [cloudflarePlace, azurePlace]);
/** A zone at a host with a Pulumi provider of its own, as resources have it in state. */
export type HostPlace = z.output<typeof hostPlace>;
