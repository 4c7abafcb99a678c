import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  applyUpdate,
  canonicalName,
  type DesiredRecordSet,
  describeChange,
  describeSet,
  isNoChange,
  mailSafetyProblems,
  planRecordSet,
  type RecordSet,
  readRecordSet,
  sameRecordSet,
  sameValues,
  type UpdateTarget,
} from "../src/dns/index.js";
import { describeProblem, MailstageError, throwIfAny } from "../src/errors/index.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { MailstageResource } from "./resource.js";

const recordTypes = z.enum(["MX", "TXT", "CNAME", "A", "AAAA"]);
const setSchema = z.object({ ttl: z.number(), values: z.array(z.string()) });

const inputs = z.object({
  server: z.string(),
  zone: z.string(),
  key: z
    .object({ name: z.string(), algorithm: z.enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"]) })
    .optional(),
  transport: z.enum(["udp", "tcp"]),
  name: z.string(),
  type: recordTypes,
  ttl: z.number(),
  values: z.array(z.string()),
  mode: z.enum(["exact", "merge"]),
  onDelete: z.enum(["restore", "remove", "leave"]),
  tenantMx: z.array(z.string()).optional(),
  formerMx: z.array(z.string()).optional(),
  switched: z.boolean().optional(),
  former: setSchema.nullable().optional(),
  keeps: z.array(z.string()).optional(),
});
type Inputs = z.output<typeof inputs>;

const outputs = z.object({
  owned: z.array(z.string()),
  live: setSchema.nullable(),
});

/** A record set and where it is kept. */
export interface DnsRecordSetArgs {
  /** Primary server that takes RFC 2136 updates, host or host:port. */
  server: string;
  /** The zone. Replaces. */
  zone: string;
  /** TSIG key; its secret comes from MAILSTAGE_TSIG_SECRET or `mailstage:tsigSecret`. */
  key?: Inputs["key"];
  /** @default tcp */
  transport: "udp" | "tcp";
  /** Fully qualified name. Replaces. */
  name: string;
  /** Record type. Replaces. */
  type: z.output<typeof recordTypes>;
  /** Seconds. */
  ttl: pulumi.Input<number>;
  /** Values in text: `10 mail.contoso.com`, raw TXT, host. */
  values: pulumi.Input<pulumi.Input<string>[]>;
  /** `exact`: these values and no others; `merge`: these beside whatever else is there. */
  mode: "exact" | "merge";
  /** What a delete does: `restore` what was there before, `remove` our values, or `leave` the set as it is. */
  onDelete: "restore" | "remove" | "leave";
  /** The MX the tenant names, for the check that mail never goes elsewhere. */
  tenantMx?: pulumi.Input<pulumi.Input<string>[]>;
  /** The MX that was adopted at prepare, which may always return. */
  formerMx?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether MX points at the tenant already: then a TTL may rise again. */
  switched?: boolean;
}

/**
 * One DNS record set, kept by RFC 2136 UPDATE with TSIG. What is there already is read, adopted and, in `merge`, kept:
 * the verification TXT joins SPF at the apex. Every update is one atomic message with the set seen before as its
 * prerequisite, and is read back.
 */
export class DnsRecordSet extends MailstageResource {
  /** The set as it was before mailstage touched it; null where there was none. */
  declare readonly former: pulumi.Output<{ ttl: number; values: string[] } | null>;
  /** Values of others that stay in the set. */
  declare readonly keeps: pulumi.Output<string[]>;
  /** The set as the server has it. */
  declare readonly live: pulumi.Output<{ ttl: number; values: string[] } | null>;

  constructor(name: string, args: DnsRecordSetArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "DnsRecordSet",
      name,
      { ...args, former: undefined, keeps: undefined, owned: undefined, live: undefined },
      opts,
    );
  }
}

const plain = (set: RecordSet | undefined) =>
  set === undefined ? null : { ttl: set.ttl, values: [...set.values] };

/** The set as the server that takes our updates has it. */
async function liveSet(
  known: Pick<Inputs, "server" | "zone" | "name" | "type">,
): Promise<RecordSet | undefined> {
  const { server, zone, name, type } = known;
  return readRecordSet({ zone, name, type, nameServers: [server] });
}

function target(cx: Context, known: Inputs): UpdateTarget {
  const { server, zone, key, transport } = known;
  if (key === undefined) return { server, zone, transport };
  const secret = cx.secret("MAILSTAGE_TSIG_SECRET", "tsigSecret");
  if (secret === undefined)
    throw new MailstageError({
      code: "tsig-secret-missing",
      subject: `TSIG key ${key.name}`,
      reason: "has no secret",
      hint: "Set MAILSTAGE_TSIG_SECRET, or pulumi config set --secret mailstage:tsigSecret",
    });
  return { server, zone, transport, key: { ...key, secret } };
}

function desired(known: Inputs, owned: readonly string[]): DesiredRecordSet {
  const { name, type, ttl, values, mode } = known;
  return { name, type, ttl, values, mode, owned };
}

export const dnsRecordSetProvider = dynamicProvider({
  inputs,
  outputs,
  replaceOn: ["zone", "name", "type"],
  ignoreChanges: ["tenantMx", "formerMx", "switched", "transport", "keeps"],

  async check(cx, news, olds) {
    const parsed = inputs.safeParse(news);
    if (!parsed.success) return { former: olds?.former, keeps: olds?.keeps };
    const known = parsed.data;
    const unchanged =
      olds !== undefined &&
      olds.ttl === known.ttl &&
      olds.mode === known.mode &&
      canonicalName(olds.name) === canonicalName(known.name) &&
      olds.type === known.type &&
      sameValues(known.type, olds.values, known.values);
    if (unchanged) return { former: olds.former, keeps: olds.keeps };

    const before = await liveSet(known);
    const expected = olds === undefined || olds.mode === "merge" ? undefined : planned(olds);
    if (expected !== undefined && !sameRecordSet(before, expected))
      throw new MailstageError({
        code: "record-changed",
        subject: `${known.type} ${known.name}`,
        reason: `was changed by somebody else: it was ${describeSet(expected)}, and the server has ${describeSet(before)}`,
        hint: "Find out who changed it and why; then run pulumi refresh to take the change over, and pulumi up again",
      });
    const change = planRecordSet(before, desired(known, olds?.values ?? []));
    const { refused, warnings } = mailSafetyProblems(change, {
      zone: known.zone,
      owned: olds?.values ?? [],
      ...(known.tenantMx === undefined ? {} : { tenantMx: known.tenantMx }),
      ...(known.formerMx === undefined ? {} : { formerMx: known.formerMx }),
      ...(known.switched === undefined ? {} : { switched: known.switched }),
    });
    throwIfAny(refused);
    for (const problem of warnings) await cx.warn(describeProblem(problem));
    if (!isNoChange(change)) await cx.info(describeChange(change).join("\n"));
    return {
      former: olds === undefined ? plain(before) : (olds.former ?? null),
      keeps: change.kept.filter((value) => !known.values.includes(value)),
    };
  },

  async reconcile(cx, known, prior) {
    const before = await liveSet(known);
    const change = planRecordSet(before, desired(known, prior?.outputs.owned ?? []));
    if (!isNoChange(change)) await applyUpdate(target(cx, known), change);
    const live = await liveSet(known);
    return {
      id: `${known.type} ${known.name}`,
      outputs: { owned: [...change.owned], live: plain(live) },
    };
  },

  async read(_cx, known, state) {
    const live = await liveSet(known);
    if (live === undefined) return undefined;
    const ours =
      known.mode === "exact"
        ? live.values
        : known.values.filter(
            (value) =>
              live.values.includes(value) ||
              state.owned.some((owned) => owned.startsWith("spf-term:") && value.startsWith("v=spf1")),
          );
    const values = sameValues(known.type, ours, known.values) ? known.values : [...ours];
    return {
      inputs: { ...known, ttl: live.ttl, values },
      outputs: { owned: state.owned, live: plain(live) },
    };
  },

  async delete(cx, known, state) {
    const before = await liveSet(known);
    if (before === undefined || known.onDelete === "leave") {
      if (before !== undefined)
        await cx.warn(`${known.type} ${known.name} stays as it is: ${describeSet(before)}`);
      return;
    }
    const former = known.former ?? null;
    const change =
      known.onDelete === "restore" && former !== null && known.mode === "exact"
        ? planRecordSet(before, {
            name: known.name,
            type: known.type,
            ttl: former.ttl,
            values: former.values,
            mode: "exact",
          })
        : planRecordSet(before, { ...withoutTtl(known), values: [], owned: state.owned });
    const restored =
      known.mode === "merge" && change.after !== undefined && former !== null && before.ttl === known.ttl
        ? planRecordSet(before, {
            name: known.name,
            type: known.type,
            ttl: former.ttl,
            values: change.after.values,
            mode: "exact",
          })
        : change;
    if (!isNoChange(restored)) await applyUpdate(target(cx, known), restored);
  },
});

function withoutTtl(known: Inputs): Omit<DesiredRecordSet, "ttl"> {
  const { name, type, values, mode } = known;
  return { name, type, values, mode };
}

function planned(olds: Inputs): RecordSet {
  return { name: canonicalName(olds.name), type: olds.type, ttl: olds.ttl, values: olds.values };
}
