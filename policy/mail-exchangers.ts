import { nativeRecordsOf } from "../src/dns/hosts/all-native-records.js";
import { isProofExchange } from "../src/dns/mail-exchangers.js";
import { readResource } from "../src/state/read-resource.js";
import type { Declared } from "./declared.js";

/** The MX of a name, or a part of it: one resource, at whichever host the zone is kept. */
export interface MailExchanger {
  readonly urn: string;
  /** Fully qualified, or as the host has it. */
  readonly name: string;
  /** The zone's name or the host's own id of it, where the record says it: a name may be one within its zone. */
  readonly zone?: string;
  /** Seconds; undefined where it is the set's own or not known before the update. */
  readonly ttl: number | undefined;
  /** `0 contoso-com.mail.protection.outlook.com`, lower case, no final dot; undefined where not known before the update. */
  readonly values: readonly string[] | undefined;
}

/** An MX value as it is compared: lower case, no final dot, one space. */
export const canonicalText = (value: string): string =>
  value.trim().toLowerCase().replace(/\s+/g, " ").replace(/\.$/, "");

/** The MX a resource keeps; undefined where it keeps none. */
export function mailExchangerOf({ kind, type, props, urn }: Declared): MailExchanger | undefined {
  if (kind === "DnsRecordSet" || kind === "DnsManual") {
    const read = readResource(kind, props);
    if (read.name === undefined || read.type !== "MX") return undefined;
    return { urn, name: canonicalText(read.name), ttl: read.ttl, values: read.values?.map(canonicalText) };
  }
  // What is not known before the update is not among the properties.
  const native = nativeRecordsOf(type)?.read(props, () => false);
  if (native?.type !== "MX") return undefined;
  const values = native.values.flatMap((value) => value ?? []);
  return {
    urn,
    name: canonicalText(native.name),
    ...(native.zone === "" ? {} : { zone: native.zone }),
    ttl: native.ttl ?? undefined,
    values: values.length < native.values.length ? undefined : values.map(canonicalText),
  };
}

/** Whether a value, as compared, only proves ownership: an exchanger that takes no mail. */
export const isProof = (value: string): boolean => isProofExchange(value.split(" ").at(-1) ?? "");
