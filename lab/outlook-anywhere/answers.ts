import type { WireResponse } from "./wire.js";

/** What the front's Autodiscover says. */
export interface FrontAutodiscover {
  readonly rpcProxyServer: string;
  readonly exchangeServer: string;
  /** @default Basic */
  readonly authPackage?: string;
  /** Such as `msstd:mail.contoso.com`. */
  readonly certPrincipalName?: string;
  /** Whether an address is a mailbox here. @default every address is */
  readonly knows?: (address: string) => boolean;
}

const responseSchema = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
const outlookSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/** The RPC proxy's answer to an echo request: an RTS packet of 20 bytes with the ECHO flag (MS-RPCH 2.2.4.49). */
export function rpcEcho(): WireResponse {
  const packet = Buffer.from("0500140310000000140000000000000040000000", "hex");
  return { status: 200, phrase: "Success", headers: { "Content-Type": "application/rpc" }, body: packet };
}

/** Exchange 2007's answer to a POX request (MS-OXDSCLI 2.2.4), an error where the address is no mailbox of it. */
export function autodiscoverAnswer(body: string, settings: FrontAutodiscover): WireResponse {
  const address = /<(?:\w+:)?EMailAddress>\s*([^<\s]+)\s*</i.exec(body)?.[1];
  // Only the real namespace is known, as on real servers (public reports, 2026-11).
  if (address === undefined || !body.includes(`<AcceptableResponseSchema>${outlookSchema}<`))
    return document(error("600", "Invalid Request"));
  if (settings.knows?.(address) === false)
    return document(error("500", "The e-mail address cannot be found."));
  return document(
    `<Response xmlns="${outlookSchema}"><User><DisplayName>${escaped(address)}</DisplayName></User><Account>` +
      "<AccountType>email</AccountType><Action>settings</Action>" +
      `<Protocol><Type>EXCH</Type><Server>${escaped(settings.exchangeServer)}</Server></Protocol>` +
      `<Protocol><Type>EXPR</Type><Server>${escaped(settings.rpcProxyServer)}</Server><SSL>On</SSL>` +
      `<AuthPackage>${escaped(settings.authPackage ?? "Basic")}</AuthPackage>` +
      (settings.certPrincipalName === undefined
        ? ""
        : `<CertPrincipalName>${escaped(settings.certPrincipalName)}</CertPrincipalName>`) +
      "</Protocol></Account></Response>",
  );
}

function error(code: string, message: string): string {
  return `<Response><Error Time="00:00:00" Id="1"><ErrorCode>${code}</ErrorCode><Message>${message}</Message><DebugData /></Error></Response>`;
}

function document(response: string): WireResponse {
  return {
    status: 200,
    headers: { "Content-Type": "text/xml; charset=utf-8" },
    body: `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="${responseSchema}">${response}</Autodiscover>`,
  };
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
