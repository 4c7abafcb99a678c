import { z } from "zod";
import { dnsName, guid, hostPort } from "./names.js";

const tsigKey = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/,
      "must be the key's name as on the server, without a trailing dot",
    )
    .toLowerCase()
    .describe("The key's name on the server. Change: takes effect at the next request"),
  algorithm: z
    .enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"])
    .default("hmac-sha256")
    .describe("The key's algorithm (RFC 8945). Change: takes effect at the next request"),
});

const shared = {
  zone: dnsName
    .optional()
    .describe(
      "The zone the records are in, the domain or one above it; default: the domain. Change: replaces the records",
    ),
  nameServers: z
    .array(hostPort)
    .min(1)
    .optional()
    .describe(
      "Authoritative servers to observe, host or host:port; default: the zone's NS set, port 53. Change: takes effect at the next observation",
    ),
  resolvers: z
    .array(hostPort)
    .optional()
    .describe(
      "Recursive resolvers to observe as well, host or host:port; default: the system's. Change: takes effect at the next observation",
    ),
};

const moves = "Change: replaces the records";

const cloudflareDns = z.strictObject({
  host: z.literal("cloudflare").describe(`Cloudflare, through @pulumi/cloudflare. ${moves}`),
  zoneId: z
    .string()
    .regex(/^[0-9A-Fa-f]{32}$/, "must be the 32 hexadecimal digits of the zone's id")
    .describe(`The zone's id, 32 hexadecimal digits. ${moves}`),
  ...shared,
});

const azureDns = z.strictObject({
  host: z.literal("azure").describe(`Azure DNS, through @pulumi/azure-native. ${moves}`),
  subscriptionId: guid
    .optional()
    .describe(`The zone's Azure subscription; default: that of the Azure sign-in. ${moves}`),
  resourceGroup: z.string().min(1).describe(`The zone's resource group. ${moves}`),
  ...shared,
});

/** The forms of hosts with a Pulumi provider of their own, by name. */
export const nativeDns = { cloudflare: cloudflareDns, azure: azureDns } as const;

/** Where the zone is hosted, and where its changes are observed. */
export const dnsSchema = z.discriminatedUnion("host", [
  z.strictObject({
    host: z
      .literal("rfc2136")
      .describe(`A server that takes RFC 2136 updates: BIND, Windows DNS, Knot. ${moves}`),
    server: hostPort.describe(
      "The primary server that takes updates, host or host:port, port 53 by default. Change: takes effect at the next request",
    ),
    key: tsigKey
      .optional()
      .describe(
        "TSIG key that signs updates; its secret comes from MAILSTAGE_TSIG_SECRET or mailstage:tsigSecret. Change: takes effect at the next request",
      ),
    transport: z
      .enum(["udp", "tcp"])
      .default("tcp")
      .describe("How updates are sent. Change: takes effect at the next request"),
    ...shared,
  }),
  cloudflareDns,
  azureDns,
  z.strictObject({
    host: z
      .literal("manual")
      .describe(
        `A host mailstage cannot write to: it prints what to set and verifies by observation. ${moves}`,
      ),
    ...shared,
  }),
]);

/** Every DNS host of a plan, by name. */
export const dnsHosts = dnsSchema.options.map(({ shape }) => shape.host.value);
