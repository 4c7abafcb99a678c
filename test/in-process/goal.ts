import { type Resource, typeOf } from "./resource.js";
import type { Properties } from "./values.js";

/** A resource as the program declares it. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean | undefined;
  readonly retainOnDelete: boolean | undefined;
  readonly deleteBeforeReplace: boolean | undefined;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly importID: string;
  readonly deletedWith: string;
  readonly aliases: readonly GoalAlias[];
  /** Version of the provider's SDK. */
  readonly version: string;
}

/** Another URN that the resource may have had; a part that is empty is as it is now. */
export type GoalAlias =
  | { readonly urn: string }
  | { readonly name: string; readonly type: string; readonly parent: string; readonly noParent: boolean };

/** A resource that the program reads and does not manage. */
export interface ReadGoal {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly parent: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
}

/** What a resource has that is only read. */
export const unmanaged = {
  custom: true,
  propertyDependencies: {},
  protect: undefined,
  retainOnDelete: undefined,
  deleteBeforeReplace: undefined,
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  importID: "",
  deletedWith: "",
  aliases: [],
  version: "",
};

/** A resource as it will stand in the state; its inputs are still to be checked. */
export function resourceOf(urn: string, goal: Goal, provider: string, former?: string): Resource {
  return {
    urn,
    type: typeOf(urn),
    custom: goal.custom,
    id: "",
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent,
    provider: goal.custom ? provider : "",
    dependencies: [...goal.dependencies],
    propertyDependencies: Object.fromEntries(
      Object.entries(goal.propertyDependencies).map(([key, urns]) => [key, [...urns]]),
    ),
    protect: goal.protect ?? false,
    retainOnDelete: goal.retainOnDelete ?? false,
    external: false,
    delete: false,
    pendingReplacement: false,
    initErrors: [],
    aliases: former === undefined || former === urn ? [] : [former],
    importID: goal.importID,
    deletedWith: goal.deletedWith,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
    additionalSecretOutputs: goal.additionalSecretOutputs,
  };
}
