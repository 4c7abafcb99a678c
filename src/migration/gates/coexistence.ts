import type { Problem } from "../../base/problem.js";
import {
  getOrganizationMailFlow,
  isExchangeFailure,
  listAcceptedDomains,
  listInboundConnectors,
} from "../../microsoft365/exchange/index.js";
import type { GateAnswer, GateQuestion } from "./reads-of-gates.js";

/**
 * Mail between the two sides while some mailboxes are here and some there (Set-OrganizationConfig -RejectDirectSend,
 * New-TenantExemptionInfo, Set-AcceptedDomain -DomainType; checked 2026-11). From the first copy on Exchange on premises forwards
 * the mail of the migrated to Exchange Online, and the migrated write to those who are not: both can bounce.
 */
export async function askCoexistence(question: GateQuestion): Promise<GateAnswer> {
  const { domain } = question.subject;
  const { exchange } = question.session;
  const unasked: string[] = [];
  const asked = async <T>(cmdlet: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!isExchangeFailure(error, "unauthorized", "not-found")) throw error;
      unasked.push(
        `${cmdlet} may not be asked; check by hand what docs/stages.md says of mail during coexistence`,
      );
      return undefined;
    }
  };
  const [domains, organization, connectors] = await Promise.all([
    listAcceptedDomains(exchange),
    asked("Get-OrganizationConfig", () => getOrganizationMailFlow(exchange)),
    asked("Get-InboundConnector", () => listInboundConnectors(exchange)),
  ]);
  const type = domains.find(({ domainName }) => domainName === domain)?.domainType;
  const inbound = connectors?.find(
    ({ enabled, connectorType }) => enabled && connectorType?.toLowerCase() === "onpremises",
  );
  const problems: Problem[] = [];
  const warnings = [...unasked];
  const facts: string[] = [];
  if (organization?.rejectDirectSend === true && connectors !== undefined && inbound === undefined)
    problems.push({
      code: "direct-send-rejected",
      subject: `domain ${domain}`,
      reason:
        "RejectDirectSend is on and there is no inbound connector of type OnPremises: what your servers forward to migrated users from colleagues is refused (550 5.7.68)",
      hint: "Make the connector (New-InboundConnector -ConnectorType OnPremises, by the servers' certificate or addresses), or Set-OrganizationConfig -RejectDirectSend $false until retire",
      operation: "Get-OrganizationConfig",
    });
  if (inbound !== undefined)
    warnings.push(
      `inbound connector ${inbound.name} is of type OnPremises: Exchange Online slows and later refuses mail that out-of-date servers send through it (4.7.230, 5.7.230), and Exchange 2003 and 2007 are out of date. Pause that: New-TenantExemptionInfo -BlockingScenario UnpatchedOnPremServer, at most 90 days a year`,
    );
  if (type?.toLowerCase() === "authoritative")
    warnings.push(
      `${domain} is Authoritative in Exchange Online: mail from migrated users to an address that has no object there, such as a group or public folder that is not synchronized, bounces instead of going on premises. Set-AcceptedDomain -Identity ${domain} -DomainType InternalRelay, with an outbound connector to your servers, until all are migrated; Authoritative again before stage complete`,
    );
  else if (type !== undefined) facts.push(`${domain} is ${type}`);
  return { gate: "coexistence", facts, warnings, problems };
}
