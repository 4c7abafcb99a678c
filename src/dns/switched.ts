import { canonicalName } from "./record-set.js";

const switched = new Set<string>();

/** Notes that this run itself has turned a domain's mail to the tenant: waiting periods count from now, whatever was seen before. */
export function noteSwitched(domain: string): void {
  switched.add(canonicalName(domain));
}

/** Whether this run has. */
export function wasSwitched(domain: string): boolean {
  return switched.has(canonicalName(domain));
}
