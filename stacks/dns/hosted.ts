import { DnsAdoption, type DnsAdoptionArgs } from "../../providers/dns-adoption.js";
import { DnsRemoval } from "../../providers/dns-removal.js";
import * as pulumi from "../../providers/sdk.js";
import type { HostedMemory, HostPlace } from "../../src/dns/hosts/index.js";
import { canonicalName } from "../../src/dns/index.js";
import { newSetTtl } from "../../src/plan/ttl.js";
import { recordGroup } from "../../src/state/component.js";
import type { ObservedArgs } from "../../src/state/settings.js";
import type { Within } from "../within.js";
import { azureRecordSet } from "./azure.js";
import { cloudflareRecord } from "./cloudflare.js";
import { managedOf } from "./managed.js";
import type { DeclareNative } from "./native-record.js";

/** A record set as the stages ask for it. */
type Request = Omit<DnsAdoptionArgs, "host" | "observed" | "managed">;

/**
 * A record set at a host with a Pulumi provider of its own: what stands there is looked up during preview, and exactly
 * the host's own resources are declared for it, so that the preview shows native DNS changes. Only the module of the
 * plan's host is ever loaded.
 */
export class HostedRecordSet extends pulumi.ComponentResource<void> {
  readonly #name: string;
  readonly #host: HostPlace;
  readonly #zone: string;
  readonly #request: Request;
  readonly #adoption: DnsAdoption;

  constructor(
    name: string,
    host: HostPlace,
    observed: ObservedArgs,
    { onDelete: _, ...request }: Request & { readonly onDelete?: string },
    opts: Within & { dependsOn: pulumi.Resource[] },
  ) {
    super(recordGroup, name, {}, opts);
    const { dependsOn } = opts;
    this.#name = name;
    this.#host = host;
    this.#zone = canonicalName(observed.zone);
    this.#request = { ...request, name: canonicalName(request.name) };
    this.#adoption = new DnsAdoption(
      `${name}-adoption`,
      { host, observed, ...this.#request, managed: pulumi.output(managedOf(name)) },
      { parent: this, dependsOn },
    );
  }

  /** Ends when all resources are declared: whatever depends on the set waits for this. */
  protected override async initialize(): Promise<void> {
    // The constructor ends first.
    await Promise.resolve();
    const { records, clear, drop } = this.#adoption;
    const memory = pulumi.all([records, clear, drop]);
    const declare = nativeOf(this.#host);
    if (!(await isKnown(memory))) return this.#announce(declare);
    await new Promise<void>((fulfil, reject) => {
      memory.apply(([records, before, after]) => {
        try {
          this.#declare(declare, { records, clear: before, drop: after });
          fulfil();
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #declare(
    declare: DeclareNative,
    { records, clear, drop }: Pick<HostedMemory, "records" | "clear" | "drop">,
  ) {
    const cleared = this.#remove("clear", clear, [this.#adoption]);
    const declared = records.map((record) =>
      declare(
        { ...this.#native(`${record.type.toLowerCase()}-${record.slot}`), record },
        {
          parent: this,
          dependsOn: [this.#adoption, ...cleared],
          // Let go of and never deleted by Pulumi, whose plugins fail for good at a record that is gone already: what has to go
          // is removed by DnsRemoval, and by DnsAdoption when the stack is destroyed.
          retainOnDelete: true,
          ...(record.importId === undefined || record.held === true ? {} : { import: record.importId }),
        },
      ),
    );
    this.#remove("drop", drop, [this.#adoption, ...declared]);
  }

  #remove(
    step: "clear" | "drop",
    removals: HostedMemory["clear"],
    dependsOn: pulumi.Resource[],
  ): pulumi.Resource[] {
    if (removals.length === 0) return [];
    const args = { host: this.#host, zone: this.#zone, records: removals };
    return [new DnsRemoval(`${this.#name}-${step}`, args, { parent: this, dependsOn })];
  }

  /** A preview that cannot know the values yet shows the records all the same. */
  #announce(declare: DeclareNative): void {
    const { type, ttl, values } = this.#request;
    const record = { type, slot: 1, ttl: newSetTtl, spelling: {}, values: pulumi.output(values) };
    const given = typeof ttl === "number" ? { ttl } : {};
    declare(
      { ...this.#native(`${type.toLowerCase()}-1`), record: { ...record, ...given } },
      { parent: this },
    );
  }

  #native(suffix: string) {
    return { resource: `${this.#name}-${suffix}`, zone: this.#zone, name: this.#request.name };
  }
}

function nativeOf(host: HostPlace): DeclareNative {
  switch (host.kind) {
    case "cloudflare":
      return cloudflareRecord(host.zoneId);
    case "azure":
      return azureRecordSet(host.resourceGroup);
  }
}

/** Whether an output has its value in this run; in a preview it may not. */
async function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return !("isKnown" in output) || (await output.isKnown) !== false;
}
