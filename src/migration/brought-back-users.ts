import type { Problem } from "../base/problem.js";
import {
  type ConversionEvent,
  type ConversionPlan,
  type DirectoryUser,
  keyOf,
  noteEvents,
  readEvents,
} from "../on-premises/directory/index.js";
import { isKept } from "../snapshots/durable-lines.js";
import { restoreCommand } from "./restore-command.js";

/** A wave's snapshot: as it is opened, and as it is named to the user. */
export interface SnapshotFile {
  readonly file: string;
  readonly name: string;
}

/** One user of a survey, as far as it matters here. */
interface Planned {
  readonly address: string;
  readonly user: DirectoryUser;
  readonly plan: ConversionPlan;
}

/** Whether a problem says that a user who was converted is a mailbox again and stays one: an update only tells of it. */
export const isBroughtBack = ({ code }: Problem): boolean => code === "user-brought-back";

/** Who was converted or restored before, by identity; nobody where nothing was kept yet. */
async function eventsOf(file: string): Promise<ReadonlyMap<string, ConversionEvent>> {
  return (await isKept(file)) ? await readEvents(file) : new Map();
}

/**
 * Tells of each user why it stays as it is, who was brought back after a conversion: by `mailstage restore`, or by somebody
 * who need not know that the next update would undo it. `mailstage restore --convert-again` ends that.
 */
export async function broughtBack({
  file,
  name,
}: SnapshotFile): Promise<(user: Planned) => Problem | undefined> {
  const events = await eventsOf(file);
  return ({ address, user, plan }) => {
    const last = events.get(keyOf(user));
    if (last === undefined || last.event === "released" || plan.already) return undefined;
    // A mail user who differs in something else is still the one that was converted.
    if (last.event === "converted" && user.attributes["homeMDB"] === undefined) return undefined;
    const day = last.at.slice(0, 10);
    return {
      code: "user-brought-back",
      subject: address,
      reason:
        last.event === "restored"
          ? `was restored on ${day} and is not converted again`
          : `was converted on ${day}, has a mailbox on premises again, and is not converted a second time`,
      hint: `Take it out of the wave's list; or let it be converted again: ${restoreCommand(name, { users: [address], convertAgain: true })}`,
    };
  };
}

/** Addresses, lower-cased, of those a snapshot says were restored and may not be converted again. */
export async function restoredAddresses(file: string): Promise<ReadonlySet<string>> {
  const restored = [...(await eventsOf(file)).values()].filter(({ event }) => event === "restored");
  return new Set(restored.map(({ address }) => address.toLowerCase()));
}

/** Notes who is a mail user now whose snapshot the file has, so that it is noticed when one is a mailbox again. */
export async function noteConverted(file: string, users: readonly Planned[]): Promise<void> {
  if (await isKept(file))
    await noteEvents(
      file,
      "converted",
      users.map(({ user }) => user),
    );
}
