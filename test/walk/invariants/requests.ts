import type { RequestCounts } from "../../../lab/index.js";
import type { PlanInput } from "../../../src/plan/index.js";
import { Violated } from "./violated.js";
import type { Witnessed } from "./witness.js";

/** What one command asked of the services, by route. */
export type Asked = ReadonlyMap<string, number>;

/** What a command's requests are bounded by. */
export interface Size {
  /** Waves of the plan, or batches where they are more. */
  readonly waves: number;
  readonly mailboxes: number;
  /** Batches that Exchange was deleting meanwhile, the end of which is waited for. */
  readonly deleting?: number;
}

/** How often Exchange is asked whether one is gone, ever less often in the minute that it takes. */
const looksForEnd = 10;

/** Users of one `$batch` request, and of one page of them. */
const [inBatch, inPage] = [20, 500];
/** Users of a page whose size nobody asks for. */
const inOwnPage = 100;

/**
 * 7: what is asked follows from waves, pages and twenties, never from mailboxes: of Exchange at most eight requests a batch (the bound
 * of the benchmark, `requests_per_batch`) with what an update asks once, of Graph a page or twenty users at a time. An update has its preview
 * in it, and asks everything twice. Where something failed or was waited for it is asked again, and nothing follows.
 */
export function holdRequests(
  { command, run, before, after, asked, disturbed, lagged }: Witnessed,
  plan: PlanInput,
): void {
  if (disturbed || lagged || plan.waves.some(({ wait }) => (wait ?? 0) > 0)) return;
  // Waves that have left the plan are looked at a last time.
  const known = new Set(
    run.steps.flatMap(({ type, name }) => (type.endsWith(":MigrationBatch") ? [name] : [])),
  );
  const batches = Math.max(plan.waves.length, known.size, before.batches.length, after.batches.length);
  // A refresh before preview and update looks at everything once more in each.
  const waves = batches * (command.includes("--refresh") ? 2 : 1);
  const there = new Set(after.batches.flatMap(({ name, status }) => (status === "Removing" ? [] : [name])));
  const deleting = before.batches.filter(({ name }) => !there.has(name)).length;
  const size = { waves, mailboxes: after.mailboxes.length, deleting };
  const wrong = excess(askedBy(asked.before, asked.after), size);
  if (wrong.length > 0)
    throw new Violated("7 requests follow from waves, not from mailboxes", `${command}: ${wrong.join(", ")}`);
}

/** Routes that were asked more often than they may be. */
export function excess(asked: Asked, size: Size): string[] {
  const ofBatches = sum(asked, /^exchange \S*Migration(?:Batch|User)/);
  const most = 8 * size.waves + 8 + looksForEnd * (size.deleting ?? 0);
  return [
    ...(ofBatches > most ? [`${ofBatches} requests about migration batches, at most ${most}`] : []),
    ...[...asked].flatMap(([route, count]) => {
      const bound = boundOf(route, size);
      return count > bound ? [`${count} × ${route}, at most ${bound}`] : [];
    }),
  ];
}

function boundOf(route: string, { waves, mailboxes, deleting = 0 }: Size): number {
  if (route === "graph POST /$batch") return 4 * Math.ceil(mailboxes / inBatch) + 4 * waves + 2;
  if (route === "graph GET /users") return 4 * Math.ceil(mailboxes / inPage) + 4 * waves + 2;
  // What still uses a domain is told in Graph's own pages.
  if (route === "graph GET /domains/{id}/domainNameReferences")
    return 4 * waves + 8 + Math.ceil(mailboxes / inOwnPage);
  // The rows of a batch that is taken over are read before it is touched too: with all else within eight a batch (docs/performance.md).
  if (route === "exchange Get-MigrationUser") return 4 * waves + 4 + 2 * Math.ceil(mailboxes / inPage);
  if (route === "exchange Get-MigrationBatch")
    return 2 * waves + 4 + looksForEnd * deleting + 2 * Math.ceil(mailboxes / inPage);
  if (route.startsWith("exchange ")) return 2 * waves + 4 + 2 * Math.ceil(mailboxes / inPage);
  if (route.startsWith("graph ") || route.startsWith("authority ")) return 4 * waves + 8;
  return Number.POSITIVE_INFINITY;
}

const sum = (asked: Asked, routes: RegExp) =>
  [...asked].reduce((total, [route, count]) => (routes.test(route) ? total + count : total), 0);

function askedBy(before: RequestCounts, after: RequestCounts): Asked {
  return new Map(
    Object.entries(after.byRoute).flatMap(([route, count]) => {
      const more = count - (before.byRoute[route] ?? 0);
      return more > 0 ? [[route, more]] : [];
    }),
  );
}
