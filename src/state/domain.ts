import { z } from "zod";
import { contract } from "./contract.js";
import { tenantInput } from "./settings.js";

/** The domain in the tenant. */
export const domainContract = contract({
  inputs: z.object({
    /** The tenant. */
    tenant: tenantInput,
    /** The e-mail domain. Replaces. */
    domain: z.string(),
  }),
  outputs: z.object({
    /** The TXT value that proves ownership: `MS=ms12345678`. */
    txt: z.string(),
    /** The MX value that proves ownership instead, as `32767 ms12345678.msv1.invalid`; never a mail exchanger. */
    mx: z.string().nullable(),
    /** Whether the domain was in the tenant before. */
    adopted: z.boolean(),
  }),
  replaceOn: ["domain"],
});
