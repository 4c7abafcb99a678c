import { createHmac } from "node:crypto";
import type { HttpMethods, Pipeline, PipelineRequest } from "@azure/core-rest-pipeline";
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { defined } from "../../base/defined.js";
import { type AzureLibraries, azureLibraries } from "../../base/load-azure-libraries.js";
import { keepSecret } from "../../base/redaction.js";
import type { ObjectStore } from "../types.js";

const version = "2021-08-06";
const listSchema = z.object({
  EnumerationResults: z.object({
    Blobs: z.union([z.literal(""), z.object({ Blob: z.array(z.object({ Name: z.string() })).default([]) })]),
    NextMarker: z.string().default(""),
  }),
});

/**
 * A container of Azure Storage, by its REST interface: the client library brings more packages than all of mailstage has. URL and
 * sign-in are those of Pulumi's own `azblob://` backend: AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, else what
 * `DefaultAzureCredential` finds (workload identity in a pipeline).
 */
export function azureBlobs(url: URL): ObjectStore {
  const libraries = azureLibraries();
  const where = accountOf(url);
  const pipeline = pipelineFor(libraries, where);
  const client = libraries.createDefaultHttpClient();
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === "Blob" });
  const send = async (
    method: HttpMethods,
    path: string,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
    body?: Buffer,
  ) => {
    const target = new URL(`${where.base}/${encodeURIComponent(url.host)}${path}`);
    for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
    const request = libraries.createPipelineRequest({
      method,
      url: target.href,
      headers: libraries.createHttpHeaders({ "x-ms-version": version, ...headers }),
      // Plain HTTP is let through by `accountOf`, on loopback only.
      allowInsecureConnection: true,
      timeout: 60_000,
      ...defined({ body }),
    });
    const response = await pipeline.sendRequest(client, request);
    if (response.status >= 300)
      throw new Error(
        `${method} ${target.origin}${target.pathname}: ${response.status} ${response.headers.get("x-ms-error-code") ?? ""}`,
      );
    return response.bodyAsText ?? "";
  };
  const pathOf = (name: string) => `/${name.split("/").map(encodeURIComponent).join("/")}`;
  return {
    async names(prefix) {
      const found: string[] = [];
      for (let marker = ""; ; ) {
        const text = await send("GET", "", {
          restype: "container",
          comp: "list",
          prefix,
          ...(marker === "" ? {} : { marker }),
        });
        const { Blobs, NextMarker } = listSchema.parse(parser.parse(text)).EnumerationResults;
        if (Blobs !== "") found.push(...Blobs.Blob.map(({ Name }) => Name));
        if (NextMarker === "") return found.sort();
        marker = NextMarker;
      }
    },
    get: async (name) => Buffer.from(await send("GET", pathOf(name), {})),
    put: async (name, octets) => {
      const headers = {
        "x-ms-blob-type": "BlockBlob",
        "content-type": "application/x-ndjson",
        "if-none-match": "*",
      };
      await send("PUT", pathOf(name), {}, headers, octets);
    },
  };
}

interface Account {
  readonly name: string;
  /** https://<account>.blob.core.windows.net; of an emulator, with the account as its path. */
  readonly base: string;
}

function accountOf({ searchParams: query }: URL): Account {
  const { AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_DOMAIN } = process.env;
  const name = query.get("storage_account") ?? AZURE_STORAGE_ACCOUNT;
  if (name === undefined || name === "")
    throw new Error("which storage account is not said: add ?storage_account=… to the URL");
  const domain = query.get("domain") ?? AZURE_STORAGE_DOMAIN ?? "blob.core.windows.net";
  if (query.get("localemu") !== "true") return { name, base: `https://${name}.${domain}` };
  const protocol = query.get("protocol") ?? "http";
  if (protocol === "http" && !/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(domain))
    throw new Error(`${domain} is not on this machine, and plain HTTP is for an emulator here only`);
  return { name, base: `${protocol}://${domain}/${name}` };
}

function pipelineFor(libraries: AzureLibraries, account: Account): Pipeline {
  const pipeline = libraries.createEmptyPipeline();
  pipeline.addPolicy(libraries.proxyPolicy());
  pipeline.addPolicy(libraries.userAgentPolicy({ userAgentPrefix: "mailstage" }));
  pipeline.addPolicy(libraries.defaultRetryPolicy(), { phase: "Retry" });
  const { AZURE_STORAGE_KEY: key, AZURE_STORAGE_SAS_TOKEN: sas } = process.env;
  for (const secret of [key, sas]) keepSecret(secret);
  if (key)
    pipeline.addPolicy(
      {
        name: "mailstageSharedKey",
        sendRequest: (request, next) => {
          signWithKey(request, account.name, key);
          return next(request);
        },
      },
      { phase: "Sign" },
    );
  else if (sas)
    pipeline.addPolicy(
      {
        name: "mailstageSas",
        sendRequest: (request, next) => {
          const target = new URL(request.url);
          for (const [name, value] of new URLSearchParams(sas)) target.searchParams.set(name, value);
          request.url = target.href;
          return next(request);
        },
      },
      { phase: "Sign" },
    );
  else {
    pipeline.addPolicy(
      libraries.bearerTokenAuthenticationPolicy({
        credential: new libraries.DefaultAzureCredential(),
        scopes: ["https://storage.azure.com/.default"],
      }),
      { phase: "Sign" },
    );
  }
  return pipeline;
}

/** Microsoft's "Authorize with Shared Key", for the headers that are sent here. */
function signWithKey(request: PipelineRequest, account: string, key: string): void {
  const { headers, method, body } = request;
  headers.set("x-ms-date", new Date().toUTCString());
  const length = Buffer.isBuffer(body) && body.length > 0 ? String(body.length) : "";
  const standard = [
    "",
    "",
    length,
    "",
    headers.get("content-type") ?? "",
    "",
    "",
    "",
    headers.get("if-none-match") ?? "",
    "",
    "",
  ];
  const own = [...headers]
    .filter(([name]) => name.startsWith("x-ms-"))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
  const url = new URL(request.url);
  const parameters = [...url.searchParams].sort(([left], [right]) => (left < right ? -1 : 1));
  const resource = [
    `/${account}${url.pathname}`,
    ...parameters.map(([name, value]) => `${name.toLowerCase()}:${value}`),
  ];
  const text = [method, ...standard, ...own, ...resource].join("\n");
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  headers.set("authorization", `SharedKey ${account}:${signature}`);
}
