/**
 * Stand-in for pulumi-resource-cloudflare: `DnsRecord` alone, over the Cloudflare API v4 at CLOUDFLARE_BASE_URL, with the
 * requests, ids, import and replace rules that the true plugin was seen to have, its unkind ones too (6.22.1, built from its
 * public source and tried in 2026-11): Ctrl-C ends no request, a POST that was cut is sent again, a PUT replaces the
 * whole record from what state knows, and a record that is gone cannot be deleted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { changed, serve, setting } from "./serve.mjs";

const record = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string(),
  ttl: z.number(),
  priority: z.number().nullish(),
  proxied: z.boolean(),
  comment: z.string().nullish(),
  tags: z.array(z.string()).default([]),
  settings: z.record(z.string(), z.unknown()).default({}),
  modified_on: z.string(),
});
const reply = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })),
  result: z.unknown(),
});
const inputs = z.looseObject({ zoneId: z.string(), name: z.string(), type: z.string(), ttl: z.number() });
type Inputs = z.output<typeof inputs>;

/** How the true plugin repeats itself: ten times, from two seconds doubling to thirty; a lab may shorten the two. */
const attempts = 11;
const firstPauseMs = Number(process.env["MAILSTAGE_LAB_PLUGIN_PAUSE_MS"] ?? 2000);
const passing = (status: number) => status === 408 || status === 409 || status === 429 || status >= 500;

async function send(method: string, path: string, body?: object) {
  const url = `${setting("CLOUDFLARE_BASE_URL")}${path}`;
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === attempts;
    // A cut connection is repeated like a busy service, whether or not the request took effect.
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${setting("CLOUDFLARE_API_TOKEN")}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      if (last) throw error;
      return undefined;
    });
    if (response !== undefined && (last || !passing(response.status))) {
      const { success, errors, result } = reply.parse(await response.json());
      return { status: response.status, success, errors, result, url };
    }
    await sleep(Math.min(firstPauseMs * 2 ** (attempt - 1), firstPauseMs * 15));
  }
}

async function must(method: string, path: string, body?: object) {
  const { status, success, errors, result, url } = await send(method, path, body);
  if (success) return record.partial().parse(result);
  // As the true plugin says it: twice, with URL and JSON.
  const text = `${method} "${url}": ${status} ${JSON.stringify({ success, errors, messages: [], result: null })}`;
  throw new Error(`failed to make http request\n${text}\n\nfailed to make http request\n${text}`);
}

/** What POST sends: neither tags nor settings. */
const created = ({ zoneId: _, __inputs: __, tags: ___, settings: ____, ...rest }: Inputs) => rest;
/** What PUT sends: all that state knows, with what an import has brought; comment, tags and settings made since are gone. */
const replaced = (news: Inputs) => ({
  ...created(news),
  tags: news["tags"] ?? [],
  settings: news["settings"] ?? {},
});
const outputsOf = (news: Inputs, found: { modified_on?: string | undefined }) => ({
  ...news,
  modifiedOn: found.modified_on ?? "",
  __inputs: news,
});

serve({
  version: "6.22.1",
  check: async (_urn, _olds, news) => ({ inputs: news, failures: [] }),
  diff: async (_id, _urn, olds, news) => {
    // An import leaves `proxied: false` out, which is no difference.
    const keys = changed({ proxied: false, ...(olds.__inputs ?? olds) }, { proxied: false, ...news });
    return { changes: keys.length > 0, replaces: keys.filter((key) => key === "type" || key === "zoneId") };
  },
  create: async (_urn, given) => {
    const news = inputs.parse(given);
    const made = await must("POST", `/zones/${news.zoneId}/dns_records`, created(news));
    return { id: z.string().parse(made.id), outs: outputsOf(news, made) };
  },
  update: async (id, _urn, _olds, given) => {
    const news = inputs.parse(given);
    const made = await must("PUT", `/zones/${news.zoneId}/dns_records/${id}`, replaced(news));
    return { outs: outputsOf(news, made) };
  },
  read: async (id, _urn, props) => {
    const [zoneId = "", own] = id.includes("/") ? id.split("/") : [String(props.zoneId), id];
    const { status, result } = await send("GET", `/zones/${zoneId}/dns_records/${own}`);
    if (status === 404) {
      console.error(`warning: DnsRecord ${own} was not found and is removed from the state`);
      return { id: "", props: {} };
    }
    const { name, type, content, ttl, priority, proxied, comment, tags, settings, ...rest } =
      record.parse(result);
    const found = {
      zoneId,
      name,
      type,
      content,
      ttl,
      ...(typeof priority === "number" ? { priority } : {}),
      ...(proxied ? { proxied } : {}),
      ...(comment ? { comment } : {}),
      ...(tags.length === 0 ? {} : { tags }),
      ...(Object.keys(settings).length === 0 ? {} : { settings }),
    };
    return { id: rest.id, props: outputsOf(found, rest), inputs: found };
  },
  // A record that is gone is an error to the true plugin as well.
  delete: async (id, _urn, props) => {
    await must("DELETE", `/zones/${String(props.zoneId)}/dns_records/${id}`);
  },
});
