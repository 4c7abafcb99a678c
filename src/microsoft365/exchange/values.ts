import { parse } from "csv-parse/sync";
import { type CmdletParameters, type CmdletValue, type Credential, ExchangeError, isRead } from "./port.js";

/** How a `PSCredential` is written in JSON; its wire form is undocumented (ExchangeOnlineManagement module, 2026-11), so it can be replaced. */
export type CredentialEncoder = (credential: Credential) => unknown;

/**
 * The default: a tagged hash table. An untagged object is known to be refused; whether this form is taken depends on
 * the service, which is why the PowerShell transport is the default for endpoints.
 */
const credentialAsHashTable: CredentialEncoder = ({ userName, password }) => ({
  "@odata.type": "#Exchange.GenericHashTable",
  UserName: userName,
  Password: password,
});

/** Parameters as InvokeCommand takes them (ExchangeOnlineManagement module, 2026-11). Writes get `Confirm: false` only where the caller says so. */
export function encodeParameters(
  parameters: CmdletParameters,
  encodeCredential: CredentialEncoder = credentialAsHashTable,
): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (isKind(value, "switch") && !value.on) continue;
    encoded[name] = encodeValue(name, value, encodeCredential);
  }
  return encoded;
}

function encodeValue(
  name: string,
  value: Exclude<CmdletValue, undefined>,
  encodeCredential: CredentialEncoder,
) {
  if (value instanceof Date) return utc(name, value);
  if (isKind(value, "switch")) return true;
  if (isKind(value, "bytes")) return { "@odata.type": "#Exchange.ByteArrayType", Data: [...value.data] };
  if (isKind(value, "credential")) return encodeCredential(value);
  return value;
}

/** .NET's round-trip form in UTC, seven decimals. @throws ExchangeError for an invalid date */
export function utc(name: string, date: Date): string {
  if (Number.isNaN(date.getTime()))
    throw new ExchangeError("invalid", { subject: `parameter ${name}`, reason: "is not a valid date" });
  return date.toISOString().replace("Z", "0000Z");
}

/** Whether a value is of one of the tagged kinds. */
export function isKind<K extends "bytes" | "credential" | "switch">(
  value: CmdletValue,
  kind: K,
): value is Extract<CmdletValue, { kind: K }> {
  return typeof value === "object" && "kind" in value && value.kind === kind;
}

/**
 * What must not show in an error although the service may echo it: credential passwords, and of a CSV every cell that does not
 * stand in a column known to be harmless. What a cell looks like says nothing: `P@ssw0rd.2026` has the form of an address.
 */
export function secretsOf(parameters: CmdletParameters): string[] {
  return Object.values(parameters).flatMap((value) => {
    if (isKind(value, "credential")) return [value.password];
    if (!isKind(value, "bytes")) return [];
    const [header = [], ...rows] = parse(Buffer.from(value.data), { relax_column_count: true });
    const cells = rows.flatMap((row) => row.filter((_cell, index) => !isPublicColumn(header[index] ?? "")));
    // The service may also echo a row as it was sent, with quotation marks doubled.
    return [...new Set(cells.flatMap((cell) => [cell, cell.replaceAll('"', '""')]))];
  });
}

const isPublicColumn = (name: string): boolean => /^(?:EmailAddress|ForceChangePassword)$/i.test(name.trim());

/** The object a call is about, for messages: its Identity or Name. */
export function subjectOf(cmdlet: string, parameters: CmdletParameters): string {
  const noun = cmdlet
    .replace(/^\w+-/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toLowerCase();
  const name =
    parameters["Identity"] ?? parameters["Name"] ?? parameters["Endpoint"] ?? parameters["BatchId"];
  return typeof name === "string" ? `${noun} ${name}` : isRead(cmdlet) ? `${noun} list` : noun;
}
