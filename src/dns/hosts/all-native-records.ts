import type { HostPlace } from "./all-places.js";
import { azureRecords } from "./azure/native.js";
import { cloudflareRecords } from "./cloudflare/native.js";
import type { NativeRecords } from "./host-interface.js";
import type { Granularity } from "./shared/declare.js";

const records = { cloudflare: cloudflareRecords, azure: azureRecords };

/** What one native resource of a host is. */
export const granularityOf = ({ kind }: HostPlace): Granularity => records[kind].granularity;

/** What a TTL that a host chooses by itself is for the world, seconds. */
export const automaticTtlOf = ({ kind }: HostPlace): number | undefined => records[kind].automaticTtl;

/** How a native resource of this type is read; undefined for one that is no DNS host's. */
export const nativeRecordsOf = (token: string): NativeRecords | undefined =>
  Object.values(records).find((host) => host.token === token);
