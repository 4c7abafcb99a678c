/** The parts of `urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>`, by which state names a resource. */

/** The types of a resource's parents, and its own last. */
export const typesOf = (urn: string): string[] => urn.split("::").at(-2)?.split("$") ?? [];

/** A resource's own type; empty for what is no URN. */
export const typeOf = (urn: string): string => typesOf(urn).at(-1) ?? "";

/** A resource's name. */
export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);
