import type { TokenCredential } from "@azure/core-auth";
import { z } from "zod";
import { refuseWrite } from "../../../base/adoption.js";
import { MailstageError } from "../../../base/problem.js";
import { scrub } from "../../../base/scrub.js";
import { canonicalName, recordTypes } from "../../record-set.js";
import {
  changedBeforeRemoval,
  HostApi,
  type HostedRecord,
  type HostedZone,
  holds,
  unreadable,
} from "../shared/zone.js";
import {
  type AzureSet,
  type AzureZonePlace,
  recordSetId,
  relativeName,
  setSchema,
  valuesOf,
  zoneResourceId,
} from "./convert.js";

const apiVersion = "2018-05-01";

/** The types asked for at a name: a missing set answers 404 `NotFound`, a missing zone `ResourceNotFound`. */
const readable = ["A", "AAAA", "CNAME", "MX", "TXT"] as const;

const zoneSchema = z.looseObject({ properties: z.looseObject({ nameServers: z.array(z.string()) }) });

const errorSchema = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });

/** A zone at Azure DNS, through Azure Resource Manager (`Microsoft.Network/dnsZones`, API 2018-05-01). */
export function azureZone(place: AzureZonePlace, credential: TokenCredential, base: string): HostedZone {
  const api = new HostApi(base.replace(/\/+$/, ""), credential, `${armAudience(base)}/.default`);
  const label = `Azure DNS zone ${place.zone}`;
  const zoneId = zoneResourceId(place);

  const refuse = (
    operation: string,
    status: number,
    body: unknown,
    issue?: z.core.$ZodIssue,
  ): MailstageError => {
    const found = errorSchema.safeParse(body).data?.error;
    return new MailstageError({
      code: status === 401 || status === 403 ? "dns-host-denied" : "dns-host-refused",
      subject: label,
      reason: found === undefined ? unreadable(issue) : `${scrub(found.code)}: ${scrub(found.message)}`,
      operation,
      status,
      hint: "Check dns.subscriptionId, dns.resourceGroup and dns.zone in the plan, and that the sign-in has the role DNS Zone Contributor there",
    });
  };
  const get = <S extends z.ZodType>(path: string, schema: S) =>
    api.read(path, schema, (...answer) => refuse("GET record sets", ...answer));
  const toRecord = (set: AzureSet, name: string): HostedRecord | string => {
    const typeText = set.type.split("/").at(-1) ?? set.type;
    const type = recordTypes.find((own) => own === typeText);
    if (!readable.some((own) => own === type) || type === undefined) return typeText;
    if (set.properties.targetResource?.id) return `${type} alias`;
    const values = valuesOf(type, set);
    return {
      importId: recordSetId(place, type, name),
      name: canonicalName(name),
      type,
      ttl: set.properties.TTL,
      values: values.map(([value]) => value),
      spelling: Object.fromEntries(values),
    };
  };

  return {
    label,
    async nameServers() {
      const { properties } = await get(`${zoneId}?api-version=${apiVersion}`, zoneSchema);
      return properties.nameServers.map(canonicalName);
    },
    async at(name) {
      const types = [
        ...readable,
        ...(relativeName(name, place.zone) === "@" ? [] : ["NS"]),
        "SRV",
        "CAA",
        "PTR",
      ];
      const found = await Promise.all(
        types.map(async (type) => {
          const path = `${zoneId}/${type}/${relativeName(name, place.zone)}?api-version=${apiVersion}`;
          const { status, body } = await api.send("GET", path);
          if (status === 404 && errorSchema.safeParse(body).data?.error.code === "NotFound") return undefined;
          const parsed = status === 200 ? setSchema.safeParse(body) : undefined;
          if (parsed?.success) return toRecord(parsed.data, name);
          throw refuse(`GET ${type} ${name}`, status, body, parsed?.error.issues[0]);
        }),
      );
      return {
        records: found.filter((set) => typeof set === "object").filter(({ values }) => values.length > 0),
        otherTypes: found.filter((set) => typeof set === "string"),
      };
    },
    async remove({ name, type, values }) {
      refuseWrite(`remove ${type} ${name}`);
      const path = `${recordSetId(place, type, name)}?api-version=${apiVersion}`;
      const { status, body } = await api.send("GET", path);
      if (status === 404) return;
      const parsed = setSchema.safeParse(body);
      if (status !== 200 || !parsed.success)
        throw refuse(`GET ${type} ${name}`, status, body, parsed.error?.issues[0]);
      const live = toRecord(parsed.data, name);
      if (typeof live === "string" || !holds(live, { type, values })) throw changedBeforeRemoval(type, name);
      const deleted = await api.send("DELETE", path);
      if (![200, 204, 404].includes(deleted.status))
        throw refuse(`DELETE ${type} ${name}`, deleted.status, deleted.body);
    },
  };
}

/** Azure Resource Manager by cloud. */
export const resourceManagers = {
  worldwide: "https://management.azure.com",
  gcchigh: "https://management.usgovcloudapi.net",
  dod: "https://management.usgovcloudapi.net",
  china: "https://management.chinacloudapi.cn",
} as const;

/** The audience of a token: the cloud's own Resource Manager; for a base on loopback, the worldwide one. */
function armAudience(base: string): string {
  const { origin } = new URL(base);
  return Object.values(resourceManagers).find((own) => own === origin) ?? resourceManagers.worldwide;
}
