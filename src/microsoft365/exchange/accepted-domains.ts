import { z } from "zod";
import type { ExchangePort } from "./port.js";
import { optionalBoolean, optionalText, parseRows, text } from "./schemas.js";

/** A domain Exchange Online takes mail for (Get-AcceptedDomain). */
export interface AcceptedDomainInfo {
  readonly domainName: string;
  /** Authoritative or InternalRelay. */
  readonly domainType: string | undefined;
  readonly isDefault: boolean;
}

const domainRow = z
  .looseObject({ DomainName: text, DomainType: optionalText, Default: optionalBoolean })
  .transform(
    (row): AcceptedDomainInfo => ({
      domainName: row.DomainName.toLowerCase(),
      domainType: row.DomainType,
      isDefault: row.Default ?? false,
    }),
  );

/** All accepted domains. A domain verified in Graph appears here only after replication. @throws ExchangeError */
export async function listAcceptedDomains(port: ExchangePort): Promise<AcceptedDomainInfo[]> {
  const { rows } = await port.invoke("Get-AcceptedDomain");
  return parseRows("Get-AcceptedDomain", rows, domainRow);
}
