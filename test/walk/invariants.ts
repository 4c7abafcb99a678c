import { readPreview, reviewOf } from "../../src/review/index.js";
import type { Model } from "./command.js";
import type { Migration } from "./migration.js";

/** Something does not hold that always must. */
export class Violated extends Error {
  constructor(
    readonly invariant: string,
    reason: string,
  ) {
    super(`${invariant}: ${reason}`);
  }
}

/**
 * For how long a user may leave refusals unanswered, and run no update, before the thirty days are over in which a mailbox
 * that has arrived has to be licensed. The refusal names the stage at which to go on; a walk does not heed it.
 */
const patienceMs = 14 * 24 * 3600 * 1000;
const unlicensed = /^(mailbox-disabled|mail-lost)$/;

/** What must hold after every step of a walk (issue 16). */
export async function holdAll(migration: Migration, model: Model, after: string): Promise<void> {
  const { lab, last } = migration;
  const neglected = lab.clock.now().getTime() - model.wellAt > patienceMs;
  const { alarms: told } = await lab.state();
  // What was neglected stays so, whatever goes well later.
  for (const { code, subject } of told)
    if (neglected && unlicensed.test(code)) model.byHand.add(`${code} ${subject}`);
  const alarms = told.filter(({ code, subject }) => !model.byHand.has(`${code} ${subject}`));
  if (alarms.length > 0)
    throw new Violated(
      "1 no alarm",
      alarms.map(({ code, subject, reason }) => `${code}: ${subject} ${reason}`).join("; "),
    );
  if (last !== undefined && last.code !== 0) holdRefusal(last.errors);
  if (!after.startsWith("up") || last === undefined || last.code !== 0) return;
  await holdUnchanged(migration, model);
}

/** A refusal names what to do. */
function holdRefusal(errors: string): void {
  if (errors.trim() === "") throw new Violated("5 a refusal has a reason", "the run failed without a word");
  if (/unhandled exception|Cannot read propert|is not a function|Unexpected struct type/.test(errors))
    throw new Violated("5 a refusal has a reason", errors);
}

/** A second update would change nothing, and the review says so. */
async function holdUnchanged({ stack }: Migration, _model: Model): Promise<void> {
  const again = await stack.preview();
  // Not yet, for a reason that is told: a synchronization is still to come.
  if (again.code !== 0) return;
  const changes = again.changes.map(({ op, name }) => `${op} ${name}`);
  if (changes.length > 0) throw new Violated("3 a second up changes nothing", changes.join(", "));
  const { verdict } = reviewOf(readPreview(again.stdout));
  if (verdict !== "no-change") throw new Violated("3 the review then exits 0", `its verdict is ${verdict}`);
}
