import type { Declared } from "./declared.js";

/** What other providers' resources were declared with in this run, by URN. */
const inputs = new Map<string, Declared["props"]>();

/**
 * Remembers what a resource of another provider is declared with. A stack that is checked has the outputs alone, and these need
 * not say where the resource is: Azure's leave out the zone, and in a preview the name too.
 */
export function keepInputs({ kind, urn, props }: Declared): void {
  if (kind === undefined) inputs.set(urn, props);
}

/** The resource with what it was declared with, where its outputs say nothing else. */
export function withInputs(resource: Declared): Declared {
  return { ...resource, props: { ...inputs.get(resource.urn), ...resource.props } };
}
