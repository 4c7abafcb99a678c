import { isNativeHost, nativeHosts } from "../../dns/hosts/index.js";
import type { ServerChoice } from "../../dns/index.js";
import type { DnsPlan, PlanInput } from "../../plan/index.js";
import type { CompleteInputs } from "./inputs.js";
import type { ZoneSurvey } from "./survey.js";

/** Where the list of the first wave is. */
export const firstList = "mailboxes/wave1.csv";

/** What the proposed plan is made of. */
export interface Proposal {
  readonly inputs: CompleteInputs;
  readonly survey: ZoneSurvey;
  readonly host: DnsPlan["host"];
  /** Name of the TSIG key on the server, for rfc2136. */
  readonly keyName: string;
  /** skuPartNumber of the licence. */
  readonly sku: string;
  /** The servers that were asked in place of those DNS names. */
  readonly choice: ServerChoice;
}

/**
 * The plan `mailstage init` proposes, at stage prepare, with the first wave not begun. The directory's names are assumed
 * from the domain: they are marked in the text, and `mailstage check` says where they are wrong.
 */
export function proposePlan(proposal: Proposal): PlanInput {
  const { inputs, survey, sku } = proposal;
  const baseDn = survey.domain
    .split(".")
    .map((label) => `DC=${label}`)
    .join(",");
  return {
    stage: "prepare",
    domain: inputs.domain,
    tenant: { id: inputs.tenant },
    dns: proposeDns(proposal),
    source: { testMailbox: inputs.testMailbox, account: inputs.account },
    directory: {
      url: `ldaps://dc1.${survey.domain}`,
      baseDn,
      bindDn: `CN=mailstage,CN=Users,${baseDn}`,
    },
    waves: [{ name: "wave1", csv: firstList, phase: "created" }],
    licenses: { sku },
  };
}

function proposeDns({ inputs, survey, host, keyName, choice }: Proposal): PlanInput["dns"] {
  const { nameServers, resolvers } = choice;
  const shared = {
    ...(survey.zone === survey.domain ? {} : { zone: survey.zone }),
    ...(nameServers === undefined ? {} : { nameServers: [...nameServers] }),
    ...(resolvers === undefined ? {} : { resolvers: [...resolvers] }),
  };
  if (isNativeHost(host)) return { ...nativeHosts[host].propose(inputs), ...shared };
  return host === "manual"
    ? { host, ...shared }
    : { host, server: nameServers?.[0] ?? survey.primary, key: { name: keyName }, ...shared };
}
