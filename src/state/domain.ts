import { z } from "zod";
import { contract } from "./contract.js";
import { tenantInput } from "./settings.js";

/** Inputs of `Domain`. */
export const domainInputs = {
  /** The tenant. */
  tenant: tenantInput,
  /** The e-mail domain. Replaces. */
  domain: z.string(),
};

/** Outputs of `Domain`. */
export const domainOutputs = {
  /** The TXT value that proves ownership: `MS=ms12345678`. */
  txt: z.string(),
  /** The MX value that proves ownership instead, as `32767 ms12345678.msv1.invalid`; never a mail exchanger. */
  mx: z.string().nullable(),
  /** Whether the domain was in the tenant before. */
  adopted: z.boolean(),
};

/** The domain in the tenant. */
export const domainContract = contract({
  inputs: z.object(domainInputs),
  outputs: z.object(domainOutputs),
  replaceOn: ["domain"],
});
