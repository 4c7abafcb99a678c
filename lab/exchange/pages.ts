import { createHash } from "node:crypto";
import type { LabRequest, LabResponse } from "../http/service.js";
import type { CmdletContext, CmdletOutput, Row } from "./cmdlet.js";

/** One page: the next one is asked for by the same POST to the next link (ExchangeOnlineManagement module, 2026-11). */
export function page(
  request: LabRequest,
  output: CmdletOutput,
  context: CmdletContext,
  base: string,
): LabResponse {
  const size = Number(/odata\.maxpagesize=(\d+)/i.exec(request.headers["prefer"] ?? "")?.[1] ?? 1000);
  if (size < 1 || size > 1000)
    return {
      status: 400,
      body: { error: { code: "BadRequest", message: "odata.maxpagesize must be between 1 and 1000." } },
    };
  const digest = createHash("sha256").update(request.body).digest("base64url").slice(0, 16);
  const [of, from = "0"] = request.url.searchParams.get("$skiptoken")?.split(".") ?? [digest];
  if (of !== digest)
    return {
      status: 400,
      body: {
        error: {
          code: "BadRequest",
          message: "The skip token doesn't belong to this request: the body must be the same.",
        },
      },
    };
  const start = Number(from);
  const end = Math.min(start + size, output.count);
  const select = request.url.searchParams.get("$select")?.split(",");
  const rows: Row[] = [];
  for (let index = start; index < end; index += 1)
    rows.push(onWire(output.row(index), select, context.behaviour.numbersAsStrings));
  const next = new URL(`${base}${request.url.pathname}${request.url.search}`);
  next.searchParams.set("$skiptoken", `${digest}.${end}`);
  const collection = `${base}/adminapi/beta/${context.tenant.world.tenantId}/$metadata#Collection(Exchange.GenericHashTable)`;
  return {
    status: 200,
    headers: {
      "rate-limit-limit": "30000",
      "rate-limit-remaining": "29999",
      "rate-limit-reset": new Date(context.now + 300_000).toISOString(),
    },
    body: {
      "@odata.context": collection,
      "adminapi.warnings@odata.type": "#Collection(String)",
      "@adminapi.warnings": output.warnings,
      ...(end < output.count ? { "@odata.nextLink": next.href } : {}),
      value: rows,
    },
  };
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A row with the annotations the service adds, trimmed to `$select`. */
function onWire(row: Row, select: readonly string[] | undefined, numbersAsStrings: boolean): Row {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (select !== undefined && !select.includes(name)) continue;
    result[name] = numbersAsStrings && typeof value === "number" ? String(value) : value;
    if (typeof value === "string" && guid.test(value)) {
      result[`${name}@odata.type`] = "#Guid";
      result[`${name}@data.type`] = "System.Guid";
    }
    if (Array.isArray(value)) result[`${name}@odata.type`] = "#Collection(String)";
  }
  return result;
}
