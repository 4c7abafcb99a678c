import type { Behaviour } from "../behaviour.js";
import type { MigrationService } from "../migration/service.js";
import type { EndpointRecord, Instant } from "../state.js";
import type { Tenant } from "../tenant.js";
import type { Arguments, LabCredential, ParameterKind } from "./arguments.js";

/** One object of a cmdlet's output, before OData annotations. */
export type Row = Readonly<Record<string, unknown>>;

/** What a cmdlet gives back; rows are made one page at a time. */
export interface CmdletOutput {
  readonly count: number;
  row(index: number): Row;
  readonly warnings: readonly string[];
}

/** How the service reaches the customer's Outlook Anywhere. */
export type ConnectionSettings = Pick<
  EndpointRecord,
  "exchangeServer" | "rpcProxyServer" | "useAutoDiscover" | "authentication" | "acceptUntrustedCertificates"
> &
  Partial<Pick<EndpointRecord, "emailAddress" | "testMailbox">> & { readonly credential: LabCredential };

/** What a cmdlet works with. */
export interface CmdletContext {
  readonly tenant: Tenant;
  readonly migration: MigrationService;
  readonly now: Instant;
  readonly behaviour: Behaviour;
  /** Signs in to Outlook Anywhere; resolves to what is wrong, or undefined. */
  probe(settings: ConnectionSettings): Promise<string | undefined>;
}

/** One cmdlet: its whole parameter list, and what it does. Throws CmdletError. */
export interface Cmdlet {
  readonly parameters: Readonly<Record<string, ParameterKind>>;
  run(given: Arguments, context: CmdletContext): CmdletOutput | Promise<CmdletOutput>;
}

/** Output of a cmdlet that says nothing. */
export const nothing: CmdletOutput = output([], () => ({}));

/** The rows of a list, each made when its page is sent. */
export function output<T>(
  items: readonly T[],
  row: (item: T) => Row,
  warnings: readonly string[] = [],
): CmdletOutput {
  return {
    count: items.length,
    row(index) {
      const item = items[index];
      if (item === undefined) throw new RangeError(`there is no row ${index}`);
      return row(item);
    },
    warnings,
  };
}

/** Cuts a list to `-ResultSize` (default 1,000), with the service's warning. */
export function limited<T>(items: readonly T[], given: Arguments, row: (item: T) => Row): CmdletOutput {
  const limit = given.number("ResultSize") ?? 1000;
  if (items.length <= limit) return output(items, row);
  return output(items.slice(0, limit), row, [
    "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.",
  ]);
}

/** A date as the service writes it: UTC with seven decimals, and nothing that says so; null when there is none. */
export function dateText(at: Instant | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString().replace("Z", "0000");
}

/** One date under its name and again with the suffix UTC, as migration objects have it. */
export function dates(name: string, at: Instant | undefined): Row {
  return { [name]: dateText(at), [`${name}UTC`]: dateText(at) };
}

/** Whether two Exchange names are the same: without regard to case. */
export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
