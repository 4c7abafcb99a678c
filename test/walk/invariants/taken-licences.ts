import type { LabState } from "../../../lab/index.js";
import type { Step } from "../../engine/events.js";
import type { Model } from "../command.js";
import type { Waves } from "./as-said.js";
import { hasRefreshed, type Witnessed } from "./witness.js";

/** What is asked of a run. */
type Looking = Pick<Witnessed, "command"> & {
  readonly run: {
    readonly code: number | null;
    readonly steps: readonly Pick<Step, "op" | "failed" | "type" | "name">[];
  };
  readonly after: Pick<LabState, "now">;
};

/**
 * A licence that a hand has taken is seen by a refresh and by an update of the wave's licences; a plain update asks nothing of who was
 * licensed (docs/review.md, "Drift"). A mailbox that is disabled before anybody has looked is the hand's doing.
 */
export function excuseTaken(
  { byHand, takenLicences }: Pick<Model, "byHand" | "takenLicences">,
  {
    alarms,
    mailboxes,
  }: Pick<LabState, "alarms"> & {
    readonly mailboxes: readonly Pick<LabState["mailboxes"][number], "id" | "emailAddress">[];
  },
  seen: readonly Looking[],
  waves: Waves,
): void {
  for (const id of [...takenLicences]) {
    const address = mailboxes.find((one) => one.id === id)?.emailAddress;
    if (address === undefined) continue;
    const look = seen.find((one) => looksAt(one, address, waves));
    const unseen = alarms.some(
      ({ code, subject, at }) =>
        code === "mailbox-disabled" && subject === address && (look === undefined || at <= look.after.now),
    );
    if (unseen) for (const code of ["mailbox-disabled", "mail-lost"]) byHand.add(`${code} ${address}`);
    if (look !== undefined) takenLicences.delete(id);
  }
}

function looksAt({ command, run }: Looking, address: string, waves: Waves): boolean {
  if (hasRefreshed({ command }) && run.code === 0) return true;
  return run.steps.some(
    ({ op, failed, type, name }) =>
      ["create", "update"].includes(op) &&
      !failed &&
      !command.startsWith("preview") &&
      type.endsWith(":LicenseAssignment") &&
      waves.get(name.replace(/-licenses$/, ""))?.has(address) === true,
  );
}
