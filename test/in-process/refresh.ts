import type { Op } from "./events.js";
import type { Provider } from "./provider.js";
import { copyOf, dependenciesOf, type Resource } from "./resource.js";
import type { Step } from "./steps.js";
import { sameProperties } from "./values.js";

/** Looks at one resource. */
export function refreshStep(old: Resource, provider: () => Provider): { step: Step; outcome: () => Op } {
  let outcome: Op = "same";
  const step: Step = {
    op: "refresh",
    urn: old.urn,
    type: old.type,
    old,
    new: old,
    keys: [],
    logical: false,
    async apply() {
      if (!old.custom || old.pendingReplacement) return;
      const {
        id,
        inputs = old.inputs,
        outputs,
      } = await provider().read(old.urn, old.id, old.inputs, old.outputs);
      if (id === "") {
        step.new = undefined;
        outcome = "delete";
        return;
      }
      const now: Resource = { ...copyOf(old), id, initErrors: [], inputs, outputs };
      step.new = now;
      // What an update of the unchanged program would do next, seen from the other side.
      const changed = old.external
        ? !sameProperties(old.outputs, outputs)
        : (await provider().diff(old.urn, id, now, old.inputs)).changes;
      outcome = changed ? "update" : "same";
    },
    settled: () => ({}),
  };
  return { step, outcome: () => outcome };
}

/** The resources as they were found; what pointed at one that is gone does not any more. */
export function rebuilt(
  base: readonly Resource[],
  found: ReadonlyMap<Resource, Resource | undefined>,
): Resource[] {
  const there = new Set<string>();
  return base.flatMap((old) => {
    const now = found.has(old) ? found.get(old) : old;
    if (now === undefined) return [];
    const standing = (urns: readonly string[]) => urns.filter((urn) => there.has(urn));
    now.dependencies = standing(now.dependencies);
    now.propertyDependencies = Object.fromEntries(
      Object.entries(now.propertyDependencies).map(([key, urns]) => [key, standing(urns)]),
    );
    there.add(now.urn);
    return [now];
  });
}

/**
 * Deletions in the order in which they can be done. As the engine has it: all whose dependencies stay come last, before them
 * those that depend on these alone, and so on.
 */
export function layersOf(steps: readonly Step[]): Step[][] {
  const layers: Step[][] = [];
  let left = [...steps];
  while (left.length > 0) {
    const urns = new Set(left.map(({ urn }) => urn));
    const free = left.filter(({ old }) => old && ![...dependenciesOf(old)].some((urn) => urns.has(urn)));
    if (free.length === 0) throw new Error("what is to be deleted depends on itself");
    layers.unshift(free);
    left = left.filter((step) => !free.includes(step));
  }
  return layers;
}
