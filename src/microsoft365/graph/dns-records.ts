import { z } from "zod";
import { newSetTtl } from "../../plan/ttl.js";
import type { GraphClient } from "./client.js";
import { pathOf } from "./domains.js";

interface RecordBase {
  /** The record's name as Graph writes it: the FQDN without a trailing dot. */
  readonly label: string;
  /** Seconds. */
  readonly ttl: number;
  readonly isOptional: boolean;
  /** The service it is for; null for ownership. */
  readonly supportedService: string | undefined;
}

/** A DNS record Microsoft names for a domain (Microsoft Graph v1.0 reference, 2026-11). */
export type GraphDnsRecord =
  | (RecordBase & { readonly type: "TXT"; readonly text: string })
  | (RecordBase & { readonly type: "MX"; readonly mailExchange: string; readonly preference: number })
  | (RecordBase & { readonly type: "CNAME"; readonly canonicalName: string })
  | (RecordBase & {
      readonly type: "SRV";
      readonly nameTarget: string;
      readonly service: string;
      readonly protocol: string;
      readonly port: number;
      readonly priority: number;
      readonly weight: number;
    })
  | (RecordBase & { readonly type: "unavailable"; readonly description: string });

/** The records that prove ownership; publishing one of them is enough. @throws GraphError */
export async function listVerificationRecords(graph: GraphClient, name: string): Promise<GraphDnsRecord[]> {
  return graph.list(`${pathOf(name)}/verificationDnsRecords`, dnsRecord);
}

/** The records of the domain's services; may lack the e-mail rows until the domain is verified and enabled. @throws GraphError */
export async function listServiceRecords(graph: GraphClient, name: string): Promise<GraphDnsRecord[]> {
  return graph.list(`${pathOf(name)}/serviceConfigurationRecords`, dnsRecord);
}

const integer = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);

const common = {
  label: z.string(),
  ttl: integer.nullish(),
  isOptional: z.boolean().nullish(),
  supportedService: z.string().nullish(),
};

const fields = {
  TXT: z.looseObject({ text: z.string() }),
  MX: z.looseObject({ mailExchange: z.string(), preference: integer }),
  CNAME: z.looseObject({ canonicalName: z.string() }),
  SRV: z.looseObject({
    nameTarget: z.string(),
    service: z.string(),
    protocol: z.string(),
    port: integer,
    priority: integer,
    weight: integer,
  }),
} as const;

/** One record, told apart by `@odata.type` with or without `#`, or by `recordType` (Microsoft Graph v1.0 reference, 2026-11). */
export const dnsRecord = z
  .looseObject({ ...common, "@odata.type": z.string().nullish(), recordType: z.string().nullish() })
  .transform((value, context): GraphDnsRecord => {
    const base = {
      label: value.label,
      ttl: value.ttl ?? newSetTtl,
      isOptional: value.isOptional ?? false,
      supportedService: value.supportedService ?? undefined,
    };
    const named = /^#?microsoft\.graph\.domainDns(\w+)Record$/i.exec(value["@odata.type"] ?? "")?.[1];
    const read = <T>(schema: z.ZodType<T>, build: (record: T) => GraphDnsRecord): GraphDnsRecord => {
      const parsed = schema.safeParse(value);
      if (parsed.success) return build(parsed.data);
      for (const { path, message } of parsed.error.issues)
        context.addIssue({ code: "custom", path: [...path], message });
      return z.NEVER;
    };
    switch ((named ?? value.recordType ?? "").toLowerCase()) {
      case "txt":
        return read(fields.TXT, ({ text }) => ({ ...base, type: "TXT", text }));
      case "mx":
        return read(fields.MX, ({ mailExchange, preference }) => ({
          ...base,
          type: "MX",
          mailExchange,
          preference,
        }));
      case "cname":
        return read(fields.CNAME, ({ canonicalName }) => ({ ...base, type: "CNAME", canonicalName }));
      case "srv":
        return read(fields.SRV, ({ nameTarget, service, protocol, port, priority, weight }) => ({
          ...base,
          type: "SRV",
          nameTarget,
          service,
          protocol,
          port,
          priority,
          weight,
        }));
      default: {
        const description = value["description"];
        return {
          ...base,
          type: "unavailable",
          description: typeof description === "string" ? description : "not available",
        };
      }
    }
  });
