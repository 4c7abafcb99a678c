import { judge, observe } from "../../dns/index.js";
import { readMailRecords } from "../../microsoft365/graph/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { autodiscoverName } from "../../plan/names.js";
import type { DomainRun } from "../../plan/run.js";
import { standingBatches } from "../standing-batches.js";
import { judgeRouting, tenantMxOf } from "./mail-routing.js";
import type { GateSubject } from "./reads-of-gates.js";

/** A gate that was passed, and whether all of its stage was applied since. */
type Passed = GateSubject & { readonly applied: boolean };

/**
 * What a gate that was passed before still guards: what it is to be asked about again, undefined once the work is done. A run may
 * have failed or been killed after it was passed, weeks may lie between the gate and a person who sets a record, and the
 * batches are deleted after everything else.
 */
export async function stillGuarded<S extends Passed>(
  run: Pick<DomainRun, "made">,
  subject: S,
  session: CloudSession,
): Promise<S | undefined> {
  if (!subject.applied) return subject;
  switch (subject.stage) {
    case "route":
      return (await isRouted(subject, session)) ? undefined : subject;
    case "retire": {
      const waves = await unfinished(run, subject, session);
      return waves.length === 0 ? undefined : { ...subject, waves };
    }
    case "complete":
      return (await isAutodiscoverSwitched(subject, session)) ? undefined : subject;
    default:
      return undefined;
  }
}

/** The MX is the tenant's: no authoritative server says otherwise. */
async function isRouted({ domain, observed, routing }: Passed, session: CloudSession): Promise<boolean> {
  const tenantMx = await tenantMxOf(session, domain, routing?.values);
  const { seen, contradicted } = await judgeRouting(domain, tenantMx, observed);
  return seen && !contradicted;
}

/** Waves whose batches are not deleted yet. */
async function unfinished(
  run: Pick<DomainRun, "made">,
  { waves }: Passed,
  session: CloudSession,
): Promise<Passed["waves"]> {
  const standing = await standingBatches(
    run,
    session,
    waves.map(({ name }) => name),
  );
  return waves.filter(({ name }) => standing.has(name));
}

async function isAutodiscoverSwitched({ domain, cloudNamespace, observed }: Passed, { graph }: CloudSession) {
  const { autodiscover } = await readMailRecords(graph, domain);
  if (autodiscover === null) return false;
  const name = autodiscoverName({ domain, cloudNamespace });
  const request = { ...observed, name, type: "CNAME" } as const;
  const { seen, contradicted } = judge(await observe(request), { values: [autodiscover] });
  return seen && !contradicted;
}
