import { z } from "zod";
import { agree, counted, mailboxes as mailboxesOf, someOf } from "../../src/base/words.js";
import { readResource } from "../../src/state/read-resource.js";
import type { DeclaredMigration } from "../migration.js";
import type { Finding, ResourceRule, StackRule } from "../rule.js";

const settings = z.object({ whileCopying: z.boolean().default(false) });
const synced = new Set(["Synced", "SyncedWithErrors"]);

/**
 * A conversion takes users' mailboxes on premises away and cannot be undone by reverting. The state of a batch is only
 * shown to a policy when the same update does not change it: where the service has got further since, the provider's
 * own question, which converts nobody who is not synced, is the one that counts.
 */
export const conversionAfterSync: StackRule = {
  name: "conversion-after-sync",
  description: "Users are converted when their wave is synced and licensed.",
  level: "mandatory",
  settings: {
    properties: {
      whileCopying: {
        type: "boolean",
        default: false,
        description:
          "Allow a wave to be set to converted while it is copied; each user is then converted when synced",
      },
    },
  },
  stack(migration, given) {
    if (migration.at("retire")) return [];
    const { whileCopying } = settings.parse(given);
    return migration.ofKind("MailUserConversion").flatMap(({ urn, name, props }) => {
      const { wave = name, converted } = props;
      // One that runs already was judged when it began: a row that is added later sets its batch back to syncing.
      const begins = converted === undefined;
      return problemsOf(migration, wave, begins && !whileCopying).map((reason) => ({
        urn,
        subject: `conversion of ${wave}`,
        reason,
        hint: "Leave the wave's phase at started until mailstage status shows it synced and licensed",
      }));
    });
  },
};

function problemsOf(migration: DeclaredMigration, wave: string, begins: boolean): string[] {
  const [batch] = migration
    .ofKind("MigrationBatch")
    .map(({ props }) => props)
    .filter((other) => other.wave === wave);
  if (batch === undefined) return ["has no migration batch"];
  if (batch.started === false) return ["its migration batch is not started"];
  const [license] = migration
    .ofKind("LicenseAssignment")
    .map(({ props }) => props)
    .filter((other) => other.wave === wave);
  if (license === undefined) return ["nothing gives its users a licence"];
  // One that is gone is asked whenever it was: what was not seen Synced before will never be.
  if ((batch.uncopied ?? 0) > 0)
    return [
      `its migration batch is gone from Exchange Online, and ${mailboxesOf(batch.uncopied ?? 0)} of it never seen Synced`,
    ];
  if (!begins) return [];
  const { status, total = 0 } = batch;
  const { licensed, waiting = 0, exempt = 0, mailboxes = 0 } = license;
  // A mailbox that failed or is not copied yet is not converted either; shared mailboxes need no licence.
  const arrived = (batch.synced ?? mailboxes - waiting) - exempt;
  return [
    ...(status !== undefined && !synced.has(status) && status !== "Removed"
      ? [`its migration batch is ${status}, with ${batch.synced ?? 0} of ${mailboxesOf(total)} synced`]
      : []),
    ...(licensed !== undefined && licensed < arrived
      ? [
          `${arrived - licensed} of its ${counted(arrived, "copied user")} ${agree(arrived - licensed, "has", "have")} no licence yet`,
        ]
      : []),
  ];
}

/** Users that the plan names are converted whatever their state: allowed, and shown. */
export const conversionForced: ResourceRule = {
  name: "conversion-forced",
  description: "Nobody is converted without being synced, unless a reviewer has seen it.",
  level: "advisory",
  resource({ kind, props, name }) {
    if (kind !== "MailUserConversion") return [];
    const { wave = name, convert = [] } = readResource("MailUserConversion", props);
    if (convert.length === 0) return [];
    return [
      {
        subject: `conversion of ${wave}`,
        reason: `takes ${counted(convert.length, "user")} although they may not be synced: ${someOf(convert)}`,
        hint: "Mail that was not copied stays on premises only",
      } satisfies Finding,
    ];
  },
};
