import { z } from "zod";
import type { ExchangePort } from "./port.js";
import { optionalBoolean, optionalText, parseRows, text } from "./schemas.js";

/** What of the organization's settings decides whether mail forwarded from on premises is taken (Get-OrganizationConfig). */
export interface OrganizationMailFlow {
  /** Anonymous mail whose MAIL FROM is of an accepted domain is refused, unless an inbound connector matches. */
  readonly rejectDirectSend: boolean;
}

/** A way in for mail from a mail system of one's own or a partner's (Get-InboundConnector). */
export interface InboundConnectorInfo {
  readonly name: string;
  readonly enabled: boolean;
  /** OnPremises or Partner. */
  readonly connectorType: string | undefined;
}

const organizationRow = z
  .looseObject({ RejectDirectSend: optionalBoolean })
  .transform((row): OrganizationMailFlow => ({ rejectDirectSend: row.RejectDirectSend ?? false }));

const connectorRow = z
  .looseObject({ Name: text, Enabled: optionalBoolean, ConnectorType: optionalText })
  .transform(
    (row): InboundConnectorInfo => ({
      name: row.Name,
      enabled: row.Enabled ?? true,
      connectorType: row.ConnectorType,
    }),
  );

/** The organization's mail flow settings. @throws ExchangeError */
export async function getOrganizationMailFlow(port: ExchangePort): Promise<OrganizationMailFlow> {
  const { rows } = await port.invoke("Get-OrganizationConfig");
  return parseRows("Get-OrganizationConfig", rows, organizationRow)[0] ?? { rejectDirectSend: false };
}

/** All inbound connectors. @throws ExchangeError */
export async function listInboundConnectors(port: ExchangePort): Promise<InboundConnectorInfo[]> {
  const { rows } = await port.invoke("Get-InboundConnector");
  return parseRows("Get-InboundConnector", rows, connectorRow);
}
