import { contracts } from "../../state/index.js";
import type { Properties, Step } from "../shared/preview.js";

/** Whether nothing but progress is behind an update. What an update ignores is no difference. */
export function sameInputs({ kind, before, after }: Step): boolean {
  return canonical(telling(kind, before)) === canonical(telling(kind, after));
}

/** The properties whose change is a change of the resource. */
export function telling(kind: Step["kind"], properties: Properties | undefined): Properties | undefined {
  if (kind === undefined || properties === undefined) return properties;
  const ignored = new Set<string>(contracts[kind].ignoreChanges);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !ignored.has(key)));
}

/** JSON with sorted keys, so that order is no difference. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}
