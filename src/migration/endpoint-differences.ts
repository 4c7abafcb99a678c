import type { Problem } from "../base/problem.js";
import { type MigrationEndpointInfo, sameName } from "../microsoft365/exchange/index.js";
import type { InputsOf } from "../state/index.js";

type Inputs = InputsOf<"MigrationEndpoint">;

/** Whether Exchange finds the servers itself. */
export const autodiscovers = (inputs: Inputs) => inputs.exchangeServer === undefined;

/** What of an endpoint of that name cannot be changed, so that it is another one. */
export function kindProblems(inputs: Inputs, live: MigrationEndpointInfo): Problem[] {
  return [
    ...(/outlookanywhere/i.test(live.endpointType)
      ? []
      : [differing(inputs, "type", live.endpointType, "ExchangeOutlookAnywhere")]),
    ...(live.useAutoDiscover !== undefined && live.useAutoDiscover !== autodiscovers(inputs)
      ? [differing(inputs, "Autodiscover", String(live.useAutoDiscover), String(autodiscovers(inputs)))]
      : []),
  ];
}

const differing = (inputs: Inputs, what: string, seen: string, planned: string): Problem => ({
  code: "endpoint-differs",
  subject: `migration endpoint ${inputs.name}`,
  reason: `exists already with ${what} ${seen}, and the plan says ${planned}`,
  hint: "Choose another source.endpointName, or make the two match; the endpoint was not changed",
});

/** Whether a setting is seen to be another than planned, regardless of case. */
export const differs = (seen: string | undefined, planned: string | undefined) =>
  planned !== undefined && seen !== undefined && !sameName(seen, planned);

/** What of it `pulumi up` would set. */
export function settingProblems(inputs: Inputs, live: MigrationEndpointInfo): Problem[] {
  const settings = [
    ["Exchange server", live.exchangeServer, inputs.exchangeServer],
    ["RPC proxy server", live.rpcProxyServer, inputs.rpcProxyServer],
    ["authentication", live.authentication, autodiscovers(inputs) ? undefined : inputs.authentication],
    ["mailbox permission", live.mailboxPermission, inputs.mailboxPermission],
    ["account", live.userName, inputs.account],
  ] as const;
  return settings.flatMap(([what, seen, planned]) =>
    seen !== undefined && planned !== undefined && differs(seen, planned)
      ? [differing(inputs, what, seen, planned)]
      : [],
  );
}
