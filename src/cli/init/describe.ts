import { ownPaths, type Paths, typed } from "../../base/platform.js";
import { count } from "../../base/words.js";
import { isNativeHost, type NativeHostName, nativeHosts, sdkInstall } from "../../dns/hosts/index.js";
import type { DnsPlan } from "../../plan/index.js";
import { configKey, type Secret, secrets } from "../../plan/secrets.js";
import { loweredMxTtl } from "../../plan/ttl.js";
import type { Pipeline } from "./pipeline.js";
import { firstList } from "./propose.js";
import type { ZoneSurvey } from "./survey.js";

/** What a DNS host without a Pulumi provider of its own has to be given (docs/tenant-setup.md). */
const needs: { readonly [Host in Exclude<DnsPlan["host"], NativeHostName>]: string } = {
  rfc2136: "a TSIG key on the primary server (its name in the plan, its secret in MAILSTAGE_TSIG_SECRET)",
  manual: "nothing: it prints what to set, and watches until it is there",
};

const seconds = (ttl: number) => `${count(ttl)} s`;

/** The zone as it was found and the host that fits, as label and text. */
export function describeSurvey(survey: ZoneSurvey): (readonly [label: string, text: string])[] {
  const { recognized, proposed, zone } = survey;
  const who =
    recognized !== undefined
      ? nativeHosts[recognized].title
      : proposed === "rfc2136"
        ? "name servers of its own; if they take no RFC 2136 updates, choose --host manual"
        : "a host mailstage cannot write to; if it takes RFC 2136 updates, choose --host rfc2136";
  const lowered = survey.mx.ttl > loweredMxTtl ? `; prepare lowers it to ${count(loweredMxTtl)} s` : "";
  return [
    ...(zone === survey.domain ? [] : [["Zone", zone] as const]),
    ["MX", survey.mx.values.join(", ")],
    ["MX TTL", `${seconds(survey.mx.ttl)}${lowered}`],
    ["Name servers", `${survey.nameServers.join(", ")} (TTL ${seconds(survey.nameServersTtl)})`],
    ["Hosted at", who],
    ["Proposed", `dns.host: ${proposed}`],
  ];
}

/** A chosen host with what it needs. */
export function describeHost(host: DnsPlan["host"]): string {
  return `${host} needs ${isNativeHost(host) ? nativeHosts[host].needs : needs[host]}`;
}

/**
 * The commands that come next, each with what it is for, in the order in which one needs what another leaves: a check reads
 * passwords. Where a pipeline reviews, none of them is kept in the stack, whose passphrase a review has too.
 * @param hasPulumi whether the machine has a Pulumi CLI of its own; else that of the npm package, which mailstage fetches
 * @param hasSdk whether Pulumi's package of the host is installed, where it has one
 */
export function nextSteps(
  stack: string,
  host: DnsPlan["host"],
  pipeline: Pipeline,
  hasPulumi = true,
  hasSdk = true,
  paths: Paths = ownPaths,
): (readonly [command: string, why: string])[] {
  const install = sdkInstall(host);
  const { edit, page, askSecret } = typed(paths);
  const pulumi = hasPulumi ? "pulumi" : "npx pulumi";
  const secret = (given: Secret) =>
    pipeline === "none"
      ? ([`${pulumi} config set --secret ${configKey(given)} --stack ${stack}`, given.of] as const)
      : ([askSecret(given.environment), `${given.of}, for this shell only`] as const);
  return [
    [edit(firstList), "fill it: one mailbox a line; without rows nothing is migrated"],
    [edit(`Pulumi.${stack}.yaml`), "look it over; what is ASSUMED has to be put right"],
    ...(install === undefined || hasSdk
      ? []
      : [[install, `Pulumi's package for dns.host: ${host}`] as const]),
    ...(hasPulumi
      ? []
      : [
          [
            "npx mailstage engine",
            "the Pulumi CLI, which this machine does not have: fetched, and checked",
          ] as const,
        ]),
    [`${pulumi} stack init ${stack}`, "where the state is kept"],
    secret(secrets.source),
    secret(secrets.directory),
    ...(host === "rfc2136" ? [secret(secrets.tsig)] : []),
    [`npx mailstage check --stack ${stack}`, "plan, lists, premises, DNS and seats"],
    [`npx mailstage rehearse --stack ${stack}`, "the whole migration in the lab"],
    ...(pipeline === "none"
      ? [[`${pulumi} up --stack ${stack}`, "stage prepare: lowers the TTL of the MX, nothing else"] as const]
      : [
          [page("node_modules/mailstage/docs/pipelines.md"), "what the pipeline has to be given"] as const,
          [
            "git push",
            "once all of it is committed: the pipeline does stage prepare, which lowers the TTL of the MX, nothing else",
          ] as const,
        ]),
  ];
}
