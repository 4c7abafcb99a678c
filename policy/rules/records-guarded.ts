import { counted } from "../../src/base/words.js";
import { nativeRecordsOf } from "../../src/dns/hosts/all-native-records.js";
import { readResource } from "../../src/state/read-resource.js";
import { canonicalText, isProof, mailExchangerOf } from "../mail-exchangers.js";
import type { Finding, ResourceRule } from "../rule.js";

/**
 * What a record set does when it goes. Pulumi's own `protect` would also stop the way back, so that the guard of an MX is
 * its `onDelete`: until the switch the former set returns, afterwards it stays whatever becomes of the stack.
 */
export const recordsGuarded: ResourceRule = {
  name: "records-guarded",
  description:
    "No change and no removal leaves the domain without MX, sends its mail back, or drops its texts.",
  level: "mandatory",
  resource(resource) {
    const { kind, type, props } = resource;
    const exchanger = mailExchangerOf(resource);
    if (exchanger !== undefined) {
      const subject = `MX ${exchanger.name}`;
      return [
        // Where a value is a resource of its own, the others of its set stand beside it.
        ...(nativeRecordsOf(type)?.granularity === "value" ? [] : emptied(subject, exchanger.values)),
        ...(kind === "DnsRecordSet" ? onDelete(subject, exchanger.values, props) : []),
      ];
    }
    return kind === "DnsRecordSet" ? droppedTexts(props) : [];
  },
};

function emptied(subject: string, values: readonly string[] | undefined): Finding[] {
  if (values === undefined || values.some((value) => !isProof(value))) return [];
  return [
    {
      subject,
      reason: "names no server that takes mail",
      hint: "Name the mail exchangers; a proof of ownership stands beside them",
    },
  ];
}

function onDelete(
  subject: string,
  values: readonly string[] = [],
  props: Readonly<Record<string, unknown>>,
): Finding[] {
  const { onDelete: then, tenantMx = [], formerMx = [] } = readResource("DnsRecordSet", props);
  const former = formerMx.map(canonicalText);
  const switched = tenantMx
    .map(canonicalText)
    .some((value) => values.includes(value) && !former.includes(value));
  if (switched && then !== "leave")
    return [
      {
        subject,
        reason: `would be taken back from the tenant when its resource is removed (onDelete: ${then})`,
        hint: "Mail that is routed to the tenant stays there: onDelete is leave from stage route on",
      },
    ];
  if (!switched && then === "remove")
    return [
      {
        subject,
        reason: "would be deleted with its resource (onDelete: remove), and mail with it",
        hint: "Before the switch, onDelete is restore",
      },
    ];
  return [];
}

function droppedTexts(props: Readonly<Record<string, unknown>>): Finding[] {
  const { type, name, mode, values, seen } = readResource("DnsRecordSet", props);
  if (type !== "TXT" || mode !== "exact" || values === undefined || !seen) return [];
  const dropped = seen.values.filter((value) => !values.includes(value));
  if (dropped.length === 0) return [];
  return [
    {
      subject: `TXT ${name}`,
      reason: `would lose ${dropped.length} of ${counted(seen.values.length, "value")}, the sender policy perhaps among them`,
      hint: "Texts of a domain are shared: use mode merge",
    },
  ];
}
