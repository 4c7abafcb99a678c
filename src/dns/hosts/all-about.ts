import { aboutAzure } from "./azure/about.js";
import { aboutCloudflare } from "./cloudflare/about.js";

/** The hosts with a Pulumi provider of their own, by their name in the plan. */
export const nativeHosts = { cloudflare: aboutCloudflare, azure: aboutAzure } as const;
/** Name of one in the plan. */
export type NativeHostName = keyof typeof nativeHosts;

/** Whether a host of the plan is one of them. */
export const isNativeHost = (host: string): host is NativeHostName => Object.hasOwn(nativeHosts, host);

/** The one whose name servers all of these are; undefined for any other host, which takes RFC 2136 updates or none. */
export function hostOfNameServers(nameServers: readonly string[]): NativeHostName | undefined {
  if (nameServers.length === 0) return undefined;
  return Object.keys(nativeHosts)
    .filter(isNativeHost)
    .find((host) => nameServers.every((server) => nativeHosts[host].nameServers.test(server)));
}
