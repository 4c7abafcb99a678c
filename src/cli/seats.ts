import { MailstageError } from "../base/problem.js";
import { availableSeats } from "../microsoft365/graph/index.js";
import { cloudOf, openCloud } from "../microsoft365/index.js";
import { licenseSource } from "../migration/license-plan.js";
import { type PlanChoice, planOf, stackChosen } from "./plan-choice.js";
import { note } from "./terminal.js";

/**
 * Free seats of the plan's licence, or of the one its group carries; undefined, with a note, where they cannot be counted here: a
 * review goes without them.
 */
export async function seatsLeft(chosen: PlanChoice): Promise<number | undefined> {
  try {
    const { project, stack } = await stackChosen(chosen);
    const { tenant, licenses } = (await planOf(project, stack, chosen.plan)).plan;
    const { sku } = await licenseSource(openCloud(cloudOf(tenant)), licenses);
    return availableSeats(sku);
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    note(`Seats are not counted: ${error.problems[0].subject}: ${error.problems[0].reason}`);
    return undefined;
  }
}
