/**
 * Stand-in for pulumi-resource-cloudflare: `DnsRecord` alone, over the Cloudflare API v4 at CLOUDFLARE_BASE_URL, with the
 * requests, ids, import and replace rules that the true plugin 6.17 was seen to have (facts sheet plugins §2). It shows
 * SDK, engine and our declarations; it says nothing of the true plugin's texts.
 */
import { z } from "zod";
import { changed, serve, setting, signal } from "./serve.mjs";

const record = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string(),
  ttl: z.number(),
  priority: z.number().nullish(),
  proxied: z.boolean(),
  comment: z.string().nullish(),
  modified_on: z.string(),
});
const reply = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })),
  result: z.unknown(),
});
const inputs = z.looseObject({ zoneId: z.string(), name: z.string(), type: z.string(), ttl: z.number() });
type Inputs = z.output<typeof inputs>;

async function send(method: string, path: string, body?: object) {
  const response = await fetch(`${setting("CLOUDFLARE_BASE_URL")}${path}`, {
    method,
    signal,
    headers: {
      authorization: `Bearer ${setting("CLOUDFLARE_API_TOKEN")}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { success, errors, result } = reply.parse(await response.json());
  return { status: response.status, success, errors, result };
}

async function must(method: string, path: string, body?: object) {
  const { status, success, errors, result } = await send(method, path, body);
  if (success) return record.partial().parse(result);
  const list = errors.map(({ code, message }) => `{"code":${code},"message":"${message}"}`).join();
  throw new Error(`failed to make http request: ${method} "${path}": ${status} [${list}]`);
}

const bodyOf = ({ zoneId: _, __inputs: __, ...rest }: Inputs) => rest;
const outputsOf = (news: Inputs, found: { modified_on?: string | undefined }) => ({
  ...news,
  modifiedOn: found.modified_on ?? "",
  __inputs: news,
});

serve({
  version: "6.22.1",
  check: async (_urn, _olds, news) => ({ inputs: news, failures: [] }),
  diff: async (_id, _urn, olds, news) => {
    const keys = changed(olds.__inputs ?? olds, news);
    return { changes: keys.length > 0, replaces: keys.filter((key) => key === "type" || key === "zoneId") };
  },
  create: async (_urn, given) => {
    const news = inputs.parse(given);
    const made = await must("POST", `/zones/${news.zoneId}/dns_records`, bodyOf(news));
    return { id: z.string().parse(made.id), outs: outputsOf(news, made) };
  },
  update: async (id, _urn, _olds, given) => {
    const news = inputs.parse(given);
    const made = await must("PUT", `/zones/${news.zoneId}/dns_records/${id}`, {
      ...bodyOf(news),
      settings: {},
      tags: [],
    });
    return { outs: outputsOf(news, made) };
  },
  read: async (id, _urn, props) => {
    const [zoneId = "", own] = id.includes("/") ? id.split("/") : [String(props.zoneId), id];
    const { status, result } = await send("GET", `/zones/${zoneId}/dns_records/${own}`);
    if (status === 404) return { id: "", props: {} };
    const { name, type, content, ttl, priority, proxied, comment, ...rest } = record.parse(result);
    const found = {
      zoneId,
      name,
      type,
      content,
      ttl,
      ...(typeof priority === "number" ? { priority } : {}),
      proxied,
      ...(comment ? { comment } : {}),
    };
    return { id: rest.id, props: outputsOf(found, rest), inputs: found };
  },
  // A record that is gone is an error to the true plugin as well.
  delete: async (id, _urn, props) => {
    await must("DELETE", `/zones/${String(props.zoneId)}/dns_records/${id}`);
  },
});
