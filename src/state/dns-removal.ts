import { z } from "zod";
import { hostPlace } from "../dns/hosts/all-places.js";
import { removalSchema } from "../dns/hosts/shared/declare.js";
import { contract, noOutputs } from "./contract.js";

/** Inputs of `DnsRemoval`. */
export const dnsRemovalInputs = {
  /** The zone's host. */
  host: hostPlace,
  /** The zone's name. */
  zone: z.string(),
  /** What is removed, if it still has these values. */
  records: z.array(removalSchema),
};

/** Records that a change displaces. */
export const dnsRemovalContract = contract({
  inputs: z.object(dnsRemovalInputs),
  outputs: noOutputs,
  ignoreChanges: ["host"],
});
