import { z } from "zod";
import { recordTypes } from "../src/dns/index.js";
import type { World, WorldSku } from "./world.js";

/** What may be left out, and is never undefined. */
export const maybe = <T extends z.ZodType>(schema: T) => schema.exactOptional();

/** A record set of the zone. */
export const recordSet = z.strictObject({
  name: z.string(),
  type: z.enum(recordTypes),
  ttl: z.number(),
  values: z.array(z.string()),
});

/** An SRV record of the zone. */
export const service = z.strictObject({ name: z.string(), ttl: z.number(), value: z.string() });

const sku = z.strictObject({
  skuPartNumber: z.string(),
  skuId: z.string(),
  seats: z.number(),
  servicePlans: maybe(
    z.array(
      z.strictObject({
        servicePlanId: z.string(),
        servicePlanName: z.string(),
        appliesTo: maybe(z.enum(["User", "Company"])),
        dependsOn: maybe(z.string()),
      }),
    ),
  ),
  appliesTo: maybe(z.enum(["User", "Company"])),
  prohibitedIn: maybe(z.array(z.string())),
}) satisfies z.ZodType<WorldSku>;

/** A world, as `World` describes it. */
export const worldSchema = z.strictObject({
  domain: z.string(),
  tenantId: z.string(),
  initialDomain: z.string(),
  mailExchange: z.string(),
  mailboxes: z.array(
    z.strictObject({
      emailAddress: z.string(),
      displayName: maybe(z.string()),
      wave: maybe(z.string()),
      sizeMb: maybe(z.number()),
      fault: maybe(
        z.enum([
          "not-found",
          "quota",
          "access-denied",
          "not-mail-user",
          "transient",
          "skipped-items",
          "slow",
        ]),
      ),
      usageLocation: maybe(z.string()),
      password: maybe(z.string()),
      unifiedMessaging: maybe(z.boolean()),
      protectedAccount: maybe(z.boolean()),
      aliases: maybe(z.array(z.string())),
      kind: maybe(z.enum(["shared", "room", "equipment", "linked", "system"])),
    }),
  ),
  zone: z.array(recordSet),
  zoneName: maybe(z.string()),
  services: maybe(z.array(service)),
  source: z.strictObject({
    account: z.string(),
    password: z.string(),
    exchangeServer: z.string(),
    rpcProxyServer: z.string(),
    testMailbox: z.string(),
    rights: maybe(z.enum(["targetAddress", "granted"])),
    authentication: z.enum(["Basic", "Ntlm"]),
    existingEndpoint: maybe(z.string()),
  }),
  sku,
  otherSkus: maybe(z.array(sku)),
  licenseGroup: maybe(z.string()),
  licenseGroupWithout: maybe(z.array(z.string())),
  directory: z.strictObject({
    baseDn: z.string(),
    bindDn: z.string(),
    password: z.string(),
    exchange: z.enum(["2003", "2007"]),
    rights: maybe(z.enum(["admin", "delegate"])),
  }),
  tsig: z.strictObject({
    name: z.string(),
    algorithm: z.enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"]),
    secret: z.string(),
  }),
  application: z.strictObject({ clientId: z.string(), clientSecret: z.string() }),
}) satisfies z.ZodType<World>;
