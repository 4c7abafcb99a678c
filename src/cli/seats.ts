import { MailstageError } from "../base/problem.js";
import { availableSeats } from "../microsoft365/graph/index.js";
import { cloudOf, openCloud } from "../microsoft365/index.js";
import { licenseSource } from "../migration/license-plan.js";
import { parsePlan } from "../plan/index.js";
import { chooseStack, findProject, readPlan } from "./pulumi-project.js";
import { note } from "./terminal.js";

/**
 * Free seats of the plan's licence, or of the one its group carries; undefined, with a note, where they cannot be counted here: a
 * review goes without them.
 */
export async function seatsLeft(stack: string | undefined): Promise<number | undefined> {
  try {
    const project = await findProject(process.cwd());
    const { tenant, licenses } = parsePlan(await readPlan(project, chooseStack(project, stack)));
    const { sku } = await licenseSource(openCloud(cloudOf(tenant)), licenses);
    return availableSeats(sku);
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    note(`Seats are not counted: ${error.problems[0].subject}: ${error.problems[0].reason}`);
    return undefined;
  }
}
