import { typesOf } from "./urn.js";

/** Type of the component that declares a migration in a program of one's own (`StagedMigration`). */
export const component = "mailstage:index:StagedMigration";

/** Type of what groups the records of one set at a host with a Pulumi provider of its own. */
export const recordGroup = "mailstage:dns:RecordSet";

/** Whether a resource stands under a group of ours: a program of one's own has records of its own beside them. */
export function isInRecordGroup(urn: string): boolean {
  return typesOf(urn).slice(0, -1).includes(recordGroup);
}
