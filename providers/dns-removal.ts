import type * as pulumi from "@pulumi/pulumi";
import { openZone } from "../src/dns/hosts/index.js";
import { dnsRemovalContract } from "../src/state/dns-removal.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";

/** Records that a change displaces. */
export type DnsRemovalArgs = ArgsOf<"DnsRemoval">;

/**
 * Removes, at its place in the order, records that a change displaces: addresses before a CNAME takes their name, a
 * surplus MX after the new one stands. The native resources of MX and autodiscover are only ever let go of, so that
 * no `pulumi destroy` and no mistake in the program takes the domain's mail away.
 */
export class DnsRemoval extends MailstageResource {
  constructor(name: string, args: DnsRemovalArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsRemoval", name, { ...args }, opts);
  }
}

export const dnsRemovalProvider = /* @__PURE__ */ dynamicProvider(dnsRemovalContract, {
  async reconcile(cx, { host, zone, records }) {
    const hosted = openZone(host, zone, cx.secret);
    for (const record of records) {
      await hosted.remove(record);
      await cx.info(`- ${record.type} ${record.name} ${record.values.join(", ")}`);
    }
    return { id: records.map(({ importId }) => importId).join(" ") || zone, outputs: {} };
  },
  async read(_cx, inputs, outputs) {
    return { inputs, outputs };
  },
  async delete() {},
});
