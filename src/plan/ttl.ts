/** TTL of a record set that is made where nobody names another, in seconds. */
export const newSetTtl = 3600;

/** The TTL an MX may have at most before it is switched, in seconds: an hour (Microsoft's procedure, "Reduce email delays"). */
export const loweredMxTtl = 3600;
