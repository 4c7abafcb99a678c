import { z } from "zod";
import { loweredMxTtl } from "../../src/plan/ttl.js";
import { readResource } from "../../src/state/read-resource.js";
import { canonicalText, mailExchangerOf } from "../mail-exchangers.js";
import { isSwitched } from "../migration.js";
import type { Finding, ResourceRule, StackRule } from "../rule.js";

const settings = z.object({ maxTtl: z.number().default(loweredMxTtl) });
const maxTtl = {
  properties: {
    maxTtl: {
      type: "integer" as const,
      minimum: 60,
      maximum: 86_400,
      default: loweredMxTtl,
      description: "Highest TTL of the MX before and at the switch, in seconds",
    },
  },
};

/** One record set: what the provider saw in DNS during the preview is an input, so that the switch itself is stopped. */
export const mxTtlLowered: ResourceRule = {
  name: "mx-ttl-lowered",
  description: "The MX is switched to the tenant only when the TTL that is out in the world is low.",
  level: "mandatory",
  settings: maxTtl,
  resource(resource, given) {
    const exchanger = mailExchangerOf(resource);
    if (resource.kind !== "DnsRecordSet" || exchanger?.values === undefined) return [];
    const most = settings.parse(given).maxTtl;
    const { seen, tenantMx = [] } = readResource("DnsRecordSet", resource.props);
    const tenant = tenantMx.map(canonicalText);
    const isTenants = (values: readonly string[]) =>
      values.some((value) => tenant.includes(canonicalText(value)));
    if (!isTenants(exchanger.values) || seen === undefined || seen === null) return [];
    if (isTenants(seen.values) || seen.ttl <= most) return [];
    return [
      {
        subject: `MX ${exchanger.name}`,
        reason: `is switched to the tenant while servers elsewhere keep the old one for ${seen.ttl} s`,
        hint: `Lower the TTL to ${most} s at stage prepare, and switch when the former TTL has run out`,
      },
    ];
  },
};

/** Whatever host keeps the zone: the way into `route` saw the lowered TTL, and the MX keeps it until the batches are gone. */
export const mxSwitchPrepared: StackRule = {
  name: "mx-switch-prepared",
  description:
    "The MX has a low TTL until the batches are deleted, and points at the tenant only after that was seen everywhere.",
  level: "mandatory",
  settings: maxTtl,
  stack(migration, given) {
    const most = settings.parse(given).maxTtl;
    const gate = migration.passed("route");
    const observed = migration.met("route", "mx-ttl-expired") || migration.waives("mx-ttl-expired");
    return migration.exchangers.flatMap((exchanger): Finding[] => {
      const { urn, ttl, name } = exchanger;
      const subject = `MX ${name}`;
      const high: Finding = {
        urn,
        subject,
        reason: `has a TTL of ${ttl} s at stage ${migration.stage}`,
        hint: `Keep it at ${most} s or less (mx.migrationTtl) until stage retire, so that a switch or its revert is noticed soon`,
      };
      const early: Finding = {
        urn,
        subject,
        reason:
          gate === undefined
            ? "points at the tenant although the way into stage route was not passed"
            : "points at the tenant although its lowered TTL was never observed",
        hint: "Go through the stages in order; waive mx-ttl-expired with a reason where the delay is accepted",
      };
      return [
        ...(ttl !== undefined && ttl > most && !migration.at("retire") ? [high] : []),
        ...(isSwitched(migration, exchanger) && (gate === undefined || !observed) ? [early] : []),
      ];
    });
  },
};
