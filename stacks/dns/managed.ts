import { nativeRecordsOf } from "../../src/dns/hosts/all-native-records.js";
import { isInRecordGroup } from "../../src/state/component.js";
import { nameOf, typeOf } from "../../src/state/urn.js";
import { ownState } from "../own-state.js";

/**
 * Which native resources of a record set the state holds, by the end of their names (`mx-1`). A record that stands at the host
 * as declared, and is not among them, was made by a run that could not save it: it is imported, since these providers do not
 * look before they create and would fail at it for good.
 */
export async function managedOf(recordSet: string): Promise<string[] | undefined> {
  const state = await ownState();
  if (state === undefined) return undefined;
  const names = [...state.keys()]
    .filter((urn) => isInRecordGroup(urn) && nativeRecordsOf(typeOf(urn)) !== undefined)
    .map(nameOf);
  const prefix = `${recordSet}-`;
  return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])).sort();
}
