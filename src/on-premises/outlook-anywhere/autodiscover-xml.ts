import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";
import { defined } from "../../base/defined.js";

/** Microsoft's pages show these with https://, which servers do not know (public reports, 2026-11). */
const requestSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const responseSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/** What an Autodiscover answer (POX, MS-OXDSCLI 2.2.4) says, as far as Outlook Anywhere is concerned. */
export type AutodiscoverAnswer =
  | { readonly kind: "settings"; readonly proxy?: ExprSettings; readonly exchangeServer?: string }
  | { readonly kind: "redirect-address"; readonly address: string }
  | { readonly kind: "redirect-url"; readonly url: string }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  /** Not an Autodiscover document; `reason` never repeats its text. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** `Protocol` of `Type` EXPR: Outlook Anywhere. */
export interface ExprSettings {
  readonly server: string;
  /** False when Exchange says `SSL` is Off. */
  readonly ssl: boolean;
  /** As written: `Basic`, `Ntlm`, … */
  readonly authPackage?: string;
  /** `msstd:mail.contoso.com`, or `none`. */
  readonly certPrincipalName?: string;
}

/** The request for a mailbox's settings. */
export function autodiscoverRequest(address: string): string {
  const escaped = address.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return (
    `<?xml version="1.0" encoding="utf-8"?>` +
    `<Autodiscover xmlns="${requestSchema}"><Request><EMailAddress>${escaped}</EMailAddress>` +
    `<AcceptableResponseSchema>${responseSchema}</AcceptableResponseSchema></Request></Autodiscover>`
  );
}

const text = z.string().trim().max(2048);
/** A host as a server announces it: only what can be a host, because it is connected to and printed. */
const host = z
  .string()
  .trim()
  .max(253)
  .regex(/^[\p{L}\p{N}._-]+$/u, "is not a host name");
const protocolSchema = z.object({
  Type: text.optional(),
  Server: text.optional(),
  SSL: text.optional(),
  AuthPackage: text.regex(/^[\w-]*$/).optional(),
  CertPrincipalName: text.regex(/^[\w.:*-]*$/).optional(),
});
const accountSchema = z.object({
  Action: text.optional(),
  RedirectAddr: text.pipe(z.email()).optional(),
  RedirectUrl: text.pipe(z.url()).optional(),
  Protocol: z.array(protocolSchema.or(z.literal(""))).default([]),
});
const errorSchema = z.object({
  ErrorCode: text.regex(/^\d*$/).default(""),
  Message: text.default(""),
});
const documentSchema = z.object({
  Autodiscover: z.object({
    Response: z.object({ Account: accountSchema.optional(), Error: errorSchema.optional() }),
  }),
});

/** Reads an answer; whatever it is, it is one of the kinds. */
export function readAutodiscover(body: string): AutodiscoverAnswer {
  // No Autodiscover server sends one, and entities are not for strangers to define.
  if (/<!DOCTYPE/i.test(body)) return { kind: "unreadable", reason: "a document type definition" };
  if (XMLValidator.validate(body) !== true) return { kind: "unreadable", reason: "not well-formed XML" };
  const document = documentSchema.safeParse(parse(body));
  if (!document.success) {
    const path = document.error.issues[0]?.path.join("/");
    return { kind: "unreadable", reason: `not an Autodiscover response${path ? ` (${path})` : ""}` };
  }
  const { Account: account, Error: error } = document.data.Autodiscover.Response;
  if (error !== undefined)
    return {
      kind: "error",
      code: error.ErrorCode,
      message: error.Message.replace(/\p{Cc}+/gu, " ").slice(0, 200),
    };
  if (account?.RedirectAddr !== undefined) return { kind: "redirect-address", address: account.RedirectAddr };
  if (account?.RedirectUrl !== undefined) return { kind: "redirect-url", url: account.RedirectUrl };
  if (account === undefined) return { kind: "unreadable", reason: "neither an account nor an error" };
  return settingsOf(account.Protocol.filter((protocol) => protocol !== ""));
}

function settingsOf(protocols: readonly z.output<typeof protocolSchema>[]): AutodiscoverAnswer {
  const serverOf = (
    type: string,
  ): { server: string; protocol: z.output<typeof protocolSchema> } | undefined => {
    const protocol = protocols.find((candidate) => candidate.Type?.toUpperCase() === type);
    const server = host.safeParse(protocol?.Server);
    return protocol !== undefined && server.success
      ? { server: server.data.toLowerCase(), protocol }
      : undefined;
  };
  const exch = serverOf("EXCH");
  const expr = serverOf("EXPR");
  return {
    kind: "settings",
    ...defined({ exchangeServer: exch?.server }),
    ...(expr === undefined
      ? {}
      : {
          proxy: {
            server: expr.server,
            ssl: expr.protocol.SSL?.toLowerCase() !== "off",
            ...(expr.protocol.AuthPackage ? { authPackage: expr.protocol.AuthPackage } : {}),
            ...(expr.protocol.CertPrincipalName
              ? { certPrincipalName: expr.protocol.CertPrincipalName }
              : {}),
          },
        }),
  };
}

function parse(body: string): unknown {
  try {
    const parser = new XMLParser({
      removeNSPrefix: true,
      ignoreAttributes: true,
      parseTagValue: false,
      isArray: (name) => name === "Protocol",
    });
    return parser.parse(body);
  } catch {
    return undefined;
  }
}
