import type { Problem } from "../../base/problem.js";
import { serverTime, type TsigVerdict, tsigErrors } from "./tsig.js";

/** Where an update was sent, for its messages. */
export interface FailureContext {
  /** The records: `MX contoso.com`. */
  readonly subject: string;
  /** The server: `10.0.0.53`. */
  readonly server: string;
  readonly zone: string;
  readonly keyName: string | undefined;
  /** The client's clock when it signed. */
  readonly at: Date;
}

function signatureFailure(
  verdict: Extract<TsigVerdict, { kind: "bad" }>,
  context: FailureContext,
): Pick<Problem, "code" | "reason" | "hint"> {
  const key = context.keyName ?? verdict.record.keyName;
  const reported = verdict.record.error !== 0;
  if (verdict.error === "BADTIME") {
    const clock = serverTime(verdict.record) ?? new Date(verdict.record.time * 1000);
    const apart = Math.round((context.at.getTime() - clock.getTime()) / 1000);
    return {
      code: "dns-badtime",
      reason: `this machine's clock is ${Math.abs(apart)} s ${apart < 0 ? "behind" : "ahead of"} the server's, and TSIG allows 300 s`,
      hint: "Set both clocks by NTP",
    };
  }
  if (!reported)
    return {
      code: "dns-reply-forged",
      reason: `the reply's signature does not fit the key ${key}, so it may not come from the server`,
      hint: "Check the key's secret and algorithm, and what stands between this machine and the server",
    };
  return verdict.error === "BADKEY"
    ? {
        code: "dns-badkey",
        reason: `the server does not know the TSIG key ${key} with this algorithm`,
        hint: "Check the key's name and algorithm in the plan (dns.key) against the server's configuration",
      }
    : {
        code: "dns-badsig",
        reason: `the server rejects the signature made with the TSIG key ${key}`,
        hint: "Check the key's secret (MAILSTAGE_TSIG_SECRET or mailstage:tsigSecret) against the server's",
      };
}

function rcodeFailure(rcode: string, context: FailureContext): Pick<Problem, "code" | "reason" | "hint"> {
  const key = context.keyName === undefined ? "unsigned updates" : `the TSIG key ${context.keyName}`;
  switch (rcode) {
    case "REFUSED":
      return {
        code: "dns-refused",
        reason: `the server refuses ${key} to change it`,
        hint:
          "Grant it in the zone's update policy, such as BIND's update-policy { grant <key> zonesub MX TXT CNAME A AAAA; }" +
          (context.subject.includes("MX ")
            ? "; BIND also refuses an MX inside the zone whose host has no address"
            : ""),
      };
    case "NOTAUTH":
      return {
        code: "dns-notauth",
        reason: `the server does not serve the zone ${context.zone}, or takes no updates from ${key}`,
        hint: "Send updates to the zone's primary server (dns.server), and check dns.zone",
      };
    case "NOTZONE":
      return {
        code: "dns-notzone",
        reason: `it is outside the zone ${context.zone}`,
        hint: "Check dns.zone in the plan",
      };
    case "NXRRSET":
    case "YXRRSET":
    case "NXDOMAIN":
    case "YXDOMAIN":
      return {
        code: "record-changed",
        reason: "somebody else changed it since the preview, so nothing was written",
        hint: "Run pulumi preview again and review the new difference",
      };
    case "NOTIMP":
      return {
        code: "dns-notimp",
        reason: "the server takes no dynamic updates",
        hint: "Allow them for the zone, or set dns.host to manual",
      };
    case "SERVFAIL":
      return {
        code: "dns-servfail",
        reason: "the server failed to carry out the update",
        hint: "Look at its log; often the zone's file or journal is not writable",
      };
    default:
      return {
        code: "dns-update-failed",
        reason: `the server answered ${rcode}`,
        hint: "Its log says why; nothing was changed",
      };
  }
}

/** What is said where even an update that changes nothing is refused: it is not a right on a type that lacks. */
export function frozen(zone: string): Pick<Problem, "reason" | "hint"> {
  return {
    reason: `the server refuses every update of the zone ${zone}, even one that changes nothing`,
    hint: `The zone may be frozen (BIND: rndc thaw ${zone}), or takes no updates from this key or address: see its allow-update or update-policy`,
  };
}

/** What is wrong with the signature of a reply; undefined where it is proven to be the server's, or was not signed on purpose. */
export function signatureProblem(verdict: TsigVerdict, context: FailureContext): Problem | undefined {
  if (verdict.kind === "bad") {
    const { error } = verdict.record;
    const status = error === 0 ? {} : { status: `NOTAUTH ${verdict.error} ${tsigErrors[verdict.error]}` };
    return { subject: context.subject, ...signatureFailure(verdict, context), ...status };
  }
  if (verdict.kind === "good" || context.keyName === undefined) return undefined;
  return { subject: context.subject, ...notSigned };
}

const notSigned = {
  code: "dns-reply-forged",
  reason: "the reply is not signed, so it may not come from the server",
  hint: "Check what stands between this machine and the server",
};

/** What a reply to an update says went wrong; undefined where the update was done and the reply is proven to be the server's. */
export function updateFailure(
  rcode: string,
  verdict: TsigVerdict,
  context: FailureContext,
): Problem | undefined {
  const base = { subject: context.subject, operation: `UPDATE at ${context.server}` };
  if (verdict.kind === "bad") {
    const status =
      verdict.record.error === 0 ? rcode : `${rcode} ${verdict.error} ${tsigErrors[verdict.error]}`;
    return { ...base, ...signatureFailure(verdict, context), status };
  }
  if (rcode !== "NOERROR") return { ...base, ...rcodeFailure(rcode, context), status: rcode };
  if (verdict.kind === "unsigned" && context.keyName !== undefined)
    return { ...base, ...notSigned, status: rcode };
  return undefined;
}
