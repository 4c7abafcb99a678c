import { createServer } from "node:http";
import { z } from "zod";
import { recordTypes } from "../src/dns/index.js";
import { type Administrator, AdministratorRefused } from "./administrator.js";
import { behaviourChangeSchema } from "./behaviour.js";
import { type Customer, customerChange } from "./customer.js";
import { CmdletError } from "./exchange/cmdlet-error.js";
import { type FaultBoard, faultRuleSchema } from "./faults.js";
import { closeServer, listen, portOf, type RunningServer } from "./http/server.js";
import type { LabState, ZoneRecordSet } from "./lab-state.js";
import type { MigrationService } from "./migration/service.js";
import type { RequestCounter, RequestCounts } from "./requests.js";
import { namedRecords } from "./state-file.js";

/** What the control API drives. */
export interface ControlTarget {
  readonly host: string;
  readonly port: number;
  readonly faults: FaultBoard;
  readonly counter: RequestCounter;
  readonly migration: MigrationService;
  readonly administrator: Administrator;
  readonly customer: Customer;
  now(): Date;
  advance(seconds: number): Promise<void>;
  state(): Promise<LabState>;
  requests(): RequestCounts;
  setRecordSet(set: ZoneRecordSet & { readonly type: (typeof recordTypes)[number] }): void;
  /** Called after a change. */
  changed(): void;
  stop(): void;
}

/** A request the control API refuses. */
class Refused extends Error {}

const clockBody = z.strictObject({ advanceSeconds: z.number().nonnegative() });
const faultsBody = z.strictObject({
  clear: z.boolean().optional(),
  seed: z.int().optional(),
  rules: z.array(faultRuleSchema).optional(),
  behaviour: behaviourChangeSchema.optional(),
});
const recordSetBody = z.strictObject({
  name: z.string().min(1),
  type: z.enum(recordTypes),
  ttl: z.int().nonnegative(),
  values: z.array(z.string()),
});
const namesBody = z.strictObject({ domain: z.string(), named: namedRecords });
const cmdletBody = z.strictObject({
  cmdlet: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
});
const graphBody = z.strictObject({
  method: z.enum(["GET", "POST", "PATCH", "DELETE"]),
  path: z.string().startsWith("/"),
  body: z.unknown().optional(),
});
const seatsBody = z.strictObject({ skuId: z.string(), seats: z.int().nonnegative() });
const faultBody = z.strictObject({ emailAddress: z.string(), fault: z.string().nullable() });

/** Serves the control API: plain HTTP on loopback, JSON both ways, for the CLI and the tests. */
export async function startControl(target: ControlTarget): Promise<RunningServer> {
  const server = createServer((incoming, outgoing) => {
    const reply = (status: number, body: unknown) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(body));
    };
    const parts: Buffer[] = [];
    incoming.on("data", (part) => parts.push(Buffer.from(part)));
    incoming.on("end", () => {
      const path = new URL(incoming.url ?? "/", "http://lab").pathname;
      const type = incoming.headers["content-type"] ?? "";
      answer(target, incoming.method ?? "GET", path, type, Buffer.concat(parts).toString("utf8")).then(
        (result) => reply(200, result),
        (error: unknown) =>
          reply(isExpected(error) ? 400 : 500, {
            error: error instanceof Error ? error.message : String(error),
          }),
      );
    });
  });
  await listen(server, target.port, target.host);
  const port = portOf(server);
  return { url: `http://${target.host}:${port}`, port, close: () => closeServer(server) };
}

function isExpected(error: unknown): boolean {
  return (
    error instanceof Refused ||
    error instanceof AdministratorRefused ||
    error instanceof z.ZodError ||
    error instanceof CmdletError ||
    error instanceof RangeError
  );
}

async function answer(
  target: ControlTarget,
  method: string,
  path: string,
  type: string,
  text: string,
): Promise<unknown> {
  const route = `${method} ${path}`;
  if (route === "GET /state") return target.state();
  if (route === "GET /clock") return { now: target.now().toISOString() };
  if (route === "GET /requests") return target.requests();
  if (route === "GET /faults") return { rules: target.faults.list(), behaviour: target.faults.behaviour };
  if (method !== "POST") throw new Refused(`there is no ${route}`);
  // A web page cannot send this type to loopback without asking first, and is then not answered.
  if (!/^application\/json/i.test(type)) throw new Refused("a change needs Content-Type application/json");
  const result = await change(target, path, parse(text));
  target.changed();
  return result;
}

async function change(target: ControlTarget, path: string, body: unknown): Promise<unknown> {
  const batch = /^\/batches\/([^/]+)\/(start|stop|remove)$/.exec(path);
  if (batch !== null) {
    await target.advance(0);
    const name = decodeURIComponent(batch[1] ?? "");
    const record = target.migration.tenant.batches.find(
      (item) => item.name.toLowerCase() === name.toLowerCase(),
    );
    if (record === undefined) throw new Refused(`there is no batch ${name}`);
    const now = target.now().getTime();
    if (batch[2] === "start") target.migration.start(record, now);
    else if (batch[2] === "stop") target.migration.stop(record, now);
    else target.migration.remove(record, now);
    return {};
  }
  switch (path) {
    case "/clock":
      await target.advance(clockBody.parse(body).advanceSeconds);
      return { now: target.now().toISOString() };
    case "/requests/clear":
      target.counter.clear();
      return {};
    case "/faults": {
      const { clear, seed, rules = [], behaviour } = faultsBody.parse(body);
      if (clear === true) target.faults.clear();
      if (seed !== undefined) target.faults.seed(seed);
      for (const rule of rules) target.faults.set(rule);
      if (behaviour !== undefined) target.faults.behave(behaviour);
      return { rules: target.faults.list(), behaviour: target.faults.behaviour };
    }
    case "/dns/recordset":
      // What stood there until now is remembered by others, also where nobody has looked yet.
      await target.advance(0);
      target.setRecordSet(recordSetBody.parse(body));
      await target.advance(0);
      return {};
    case "/cmdlet": {
      const { cmdlet, parameters } = cmdletBody.parse(body);
      return { rows: await target.administrator.cmdlet(cmdlet, parameters) };
    }
    case "/graph": {
      const { method, path: resource, body: asked } = graphBody.parse(body);
      return target.administrator.graph(method, resource, asked);
    }
    case "/directory": {
      const changed = target.customer.change(customerChange.parse(body));
      if (changed !== undefined) throw new Refused(changed);
      await target.advance(0);
      return {};
    }
    case "/tenant/seats": {
      const { skuId, seats } = seatsBody.parse(body);
      const sku = target.migration.tenant.licensing.sku(skuId);
      if (sku === undefined) throw new Refused(`there is no subscription ${skuId}`);
      sku.enabled = seats;
      return {};
    }
    case "/tenant/names": {
      const { domain, named } = namesBody.parse(body);
      const record = target.migration.tenant.domains.get(domain);
      if (record === undefined) throw new Refused(`there is no domain ${domain}`);
      record.named = named;
      return {};
    }
    case "/mailboxes/fault": {
      const { emailAddress, fault } = faultBody.parse(body);
      const person = target.migration.tenant.byAddress(emailAddress);
      if (person === undefined) throw new Refused(`there is no mailbox ${emailAddress}`);
      if (fault === null) delete person.fault;
      else person.fault = fault;
      return {};
    }
    case "/stop":
      target.stop();
      return {};
    default:
      throw new Refused(`there is no POST ${path}`);
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Refused("the body is no JSON");
  }
}
