import type { Plan } from "../src/plan/index.js";
import type { Context } from "./context.js";

/**
 * Whether the plan names another DNS host than the one a resource that goes has kept its set at. Then nothing is sent to that one:
 * whoever still asks its servers gets what the new host answers, and it may be gone. Not in `pulumi destroy`, where no plan is applied.
 */
export function leavesDnsHost({ run, dnsHost }: Context, own: Plan["dns"]["host"]): boolean {
  return run.appliesPlan && dnsHost !== undefined && dnsHost !== own;
}

/** What a run says of a set at a host that was left. @param place the server, or the host's name */
export async function stayAtFormerHost(
  cx: Context,
  { type, name }: { readonly type: string; readonly name: string },
  place: string,
): Promise<void> {
  await cx.warn(
    `${type} ${name} is kept at the host ${cx.dnsHost} from now on, and stays as it is at ${place}: remove the zone there when no name server of the domain leads to it any more`,
  );
}
