import { z } from "zod";
import * as pulumi from "../../providers/sdk.js";
import { relativeName, textStrings } from "../../src/dns/hosts/index.js";
import { parseMx } from "../../src/dns/index.js";
import type { DeclareNative, NativeRecord } from "./native-record.js";
import { sdkOf } from "./sdk-of.js";

const strings = z.array(z.string());

/** Declares record sets of a zone at Azure DNS: one resource owns all values of its name and type. */
export function azureRecordSet(resourceGroupName: string): DeclareNative {
  // In the program of every plan; the SDK is loaded by those that use it.
  const { RecordSet } = sdkOf("azure", (): typeof import("@pulumi/azure-native/dns/index.js") =>
    require("@pulumi/azure-native/dns/index.js"),
  );
  return ({ resource, zone, name, record }, opts) =>
    new RecordSet(
      resource,
      {
        resourceGroupName,
        zoneName: zone,
        relativeRecordSetName: relativeName(name, zone),
        recordType: record.type,
        ttl: record.ttl,
        ...valuesOf(record),
      },
      { ...opts, ignoreChanges: ["metadata"] },
    );
}

function valuesOf({ type, values, spelling }: NativeRecord["record"]) {
  const each = <T>(convert: (value: string) => T) => pulumi.output(values).apply((all) => all.map(convert));
  const spelled = (value: string) => spelling[value] ?? value;
  switch (type) {
    case "MX":
      return {
        mxRecords: each((value) => {
          const { preference, exchange } = parseMx(value);
          return { preference, exchange: spelling[value] ?? exchange };
        }),
      };
    case "TXT":
      // The strings of one record, not several records.
      return {
        txtRecords: each((value) => {
          const original = spelling[value];
          return { value: original === undefined ? textStrings(value) : strings.parse(JSON.parse(original)) };
        }),
      };
    case "CNAME":
      return { cnameRecord: { cname: pulumi.output(values).apply(([value = ""]) => spelled(value)) } };
    case "A":
      return { aRecords: each((ipv4Address) => ({ ipv4Address })) };
    case "AAAA":
      return { aaaaRecords: each((value) => ({ ipv6Address: spelled(value) })) };
    case "NS":
    case "SOA":
      throw new RangeError(`mailstage declares no ${type} records`);
  }
}
