import { z } from "zod";
import { removalSchema } from "../dns/hosts/declare.js";
import { contract, noOutputs } from "./contract.js";
import { hostInput } from "./settings.js";

/** Records that a change displaces. */
export const dnsRemovalContract = contract({
  inputs: z.object({
    /** The zone's host. */
    host: hostInput,
    /** The zone's name. */
    zone: z.string(),
    /** What is removed, if it still has these values. */
    records: z.array(removalSchema),
  }),
  outputs: noOutputs,
  ignoreChanges: ["host"],
});
