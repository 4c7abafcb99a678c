import { request } from "node:http";
import { z } from "zod";
import { defined } from "../src/base/defined.js";
import type { BehaviourChange } from "./behaviour.js";
import type { CustomerChange } from "./customer.js";
import type { FaultRule } from "./faults.js";
import type { LabState, ZoneRecordSet } from "./lab-state.js";
import type { RequestCounts } from "./requests.js";
import type { NamedRecords } from "./state.js";

/** A lab driven from another process. All methods reject when the lab refuses or does not answer. */
export interface LabControl {
  state(): Promise<LabState>;
  now(): Promise<Date>;
  /** Moves the lab's clock forward. Resolves to its new time. */
  advance(seconds: number): Promise<Date>;
  requests(): Promise<RequestCounts>;
  clearRequests(): Promise<void>;
  setFaults(rules: readonly FaultRule[], seed?: number): Promise<void>;
  clearFaults(): Promise<void>;
  behave(change: BehaviourChange): Promise<void>;
  /** Changes a record set as an administrator would by hand; no value removes it. */
  setRecordSet(set: ZoneRecordSet): Promise<void>;
  /** Does something to a batch as an administrator would by hand. */
  batch(name: string, action: "start" | "stop" | "remove"): Promise<void>;
  /** Changes the directory on premises as its administrators do; the tenant hears of it at the next half hour. */
  directory(change: CustomerChange): Promise<void>;
  /** Runs a cmdlet as an administrator of the tenant does; resolves to what it prints. */
  cmdlet(
    cmdlet: string,
    parameters?: Readonly<Record<string, unknown>>,
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Does in Graph what an administrator does in the portal. */
  graph(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<void>;
  /** Buys seats of a subscription, or gives some up. */
  setSeats(skuId: string, seats: number): Promise<void>;
  /** Has the tenant name other records for a domain's mail than usual; what is left out is as usual. */
  setNamed(domain: string, named: NamedRecords): Promise<void>;
  /** Gives a mailbox a fault, or takes it away. */
  setMailboxFault(emailAddress: string, fault: string | undefined): Promise<void>;
  /** Stops the lab, which writes its state first. */
  stop(): Promise<void>;
}

const clockAnswer = z.object({ now: z.iso.datetime() });

const rowsAnswer = z.object({ rows: z.array(z.record(z.string(), z.unknown())) });

/** Speaks to the control address of a running lab. */
export function connectControl(url: string): LabControl {
  const post = async (path: string, body: unknown = {}) => send(url, "POST", path, body);
  return {
    // The state is written by the lab itself, in this very package: its type is LabState.
    state: async () => JSON.parse(await send(url, "GET", "/state")),
    requests: async () => JSON.parse(await send(url, "GET", "/requests")),
    now: async () => new Date(clockAnswer.parse(JSON.parse(await send(url, "GET", "/clock"))).now),
    advance: async (advanceSeconds) =>
      new Date(clockAnswer.parse(JSON.parse(await post("/clock", { advanceSeconds }))).now),
    clearRequests: async () => void (await post("/requests/clear")),
    setFaults: async (rules, seed) => void (await post("/faults", { rules, ...defined({ seed }) })),
    clearFaults: async () => void (await post("/faults", { clear: true })),
    behave: async (behaviour) => void (await post("/faults", { behaviour })),
    setRecordSet: async (set) => void (await post("/dns/recordset", set)),
    batch: async (name, action) => void (await post(`/batches/${encodeURIComponent(name)}/${action}`)),
    directory: async (change) => void (await post("/directory", change)),
    cmdlet: async (cmdlet, parameters = {}) =>
      rowsAnswer.parse(JSON.parse(await post("/cmdlet", { cmdlet, parameters }))).rows,
    graph: async (method, path, body) => void (await post("/graph", { method, path, body })),
    setSeats: async (skuId, seats) => void (await post("/tenant/seats", { skuId, seats })),
    setNamed: async (domain, named) => void (await post("/tenant/names", { domain, named })),
    setMailboxFault: async (emailAddress, fault) =>
      void (await post("/mailboxes/fault", { emailAddress, fault: fault ?? null })),
    stop: async () => void (await post("/stop")),
  };
}

async function send(base: string, method: "GET" | "POST", path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, base),
      { method, headers: { "content-type": "application/json" } },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part) => parts.push(Buffer.from(part)));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`the lab refused ${method} ${path}: ${text}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
