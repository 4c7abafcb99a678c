import { z } from "zod";
import { refuseWrite } from "../../../base/adoption.js";
import { MailstageError } from "../../../base/problem.js";
import { scrub } from "../../../base/scrub.js";
import { canonicalName, recordTypes } from "../../record-set.js";
import { changedBeforeRemoval, HostApi, type HostedZone, holds, unreadable } from "../shared/zone.js";
import { recordSchema, toRecord } from "./convert.js";

/** Most pages of 100 records at one name: a zone of the largest plan may have 3,500 records in all. */
const mostPages = 50;

const errorSchema = z.looseObject({
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).default([]),
});

const pageSchema = z.looseObject({
  result: z.array(recordSchema),
  result_info: z.looseObject({ page: z.number(), total_pages: z.number() }).nullish(),
});

const zoneSchema = z.looseObject({
  result: z.looseObject({ name: z.string(), name_servers: z.array(z.string()) }),
});

const oneSchema = z.looseObject({ result: recordSchema });

/**
 * A zone at Cloudflare (API v4, `zones/{zone}/dns_records`, tried on its plugin 6.17.0).
 * @param token API token with Zone.Zone Read and Zone.DNS Edit for this zone
 */
export function cloudflareZone(zoneId: string, token: string, base: string): HostedZone {
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  const api = new HostApi(base.replace(/\/+$/, ""), credential, "cloudflare");
  const label = `Cloudflare zone ${zoneId}`;

  const refuse = (
    operation: string,
    status: number,
    body: unknown,
    issue?: z.core.$ZodIssue,
  ): MailstageError => {
    const [first] = errorSchema.safeParse(body).data?.errors ?? [];
    const denied = status === 401 || status === 403;
    return new MailstageError({
      code: denied ? "dns-host-denied" : "dns-host-refused",
      subject: label,
      reason: first === undefined ? unreadable(issue) : `${scrub(first.message, [token])} (${first.code})`,
      operation,
      status,
      hint: denied
        ? "Check CLOUDFLARE_API_TOKEN: it needs Zone Read and DNS Edit for this zone, and dns.zoneId must be the zone's"
        : "Check dns.zoneId in the plan",
    });
  };
  const get = <S extends z.ZodType>(path: string, schema: S) =>
    api.read(path, schema, (...answer) => refuse(`GET ${path.split("?")[0]}`, ...answer));

  return {
    label,
    async nameServers() {
      return (await get(`/zones/${zoneId}`, zoneSchema)).result.name_servers.map(canonicalName);
    },
    async at(name) {
      const found: z.output<typeof recordSchema>[] = [];
      for (let page = 1; ; page += 1) {
        const path = `/zones/${zoneId}/dns_records?name=${encodeURIComponent(canonicalName(name))}&per_page=100&page=${page}`;
        const { result, result_info } = await get(path, pageSchema);
        found.push(...result);
        if (page >= (result_info?.total_pages ?? 1) || result.length === 0) break;
        if (page >= mostPages)
          throw new MailstageError({
            code: "dns-host-refused",
            subject: label,
            reason: `its list of the records at ${canonicalName(name)} does not end after ${mostPages} pages`,
          });
      }
      const records = found
        .map((record) => toRecord(zoneId, record))
        .filter((record) => record !== undefined);
      const ourTypes = new Set<string>(recordTypes);
      return { records, otherTypes: found.map(({ type }) => type).filter((type) => !ourTypes.has(type)) };
    },
    async remove({ importId, name, type, values }) {
      refuseWrite(`remove ${type} ${name}`);
      const path = `/zones/${zoneId}/dns_records/${importId.split("/").at(-1)}`;
      const { status, body } = await api.send("GET", path);
      if (status === 404) return;
      const parsed = oneSchema.safeParse(body);
      if (status !== 200 || !parsed.success)
        throw refuse(`GET ${path}`, status, body, parsed.error?.issues[0]);
      const live = toRecord(zoneId, parsed.data.result);
      if (live === undefined || !holds(live, { type, values })) throw changedBeforeRemoval(type, name);
      const deleted = await api.send("DELETE", path);
      if (deleted.status !== 200 && deleted.status !== 404)
        throw refuse(`DELETE ${path}`, deleted.status, deleted.body);
    },
  };
}
