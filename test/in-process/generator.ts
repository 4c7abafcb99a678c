import { unknownValue } from "../../src/reports/shared/preview.js";
import type { EventLog } from "./events.js";
import { Former } from "./former.js";
import { type Goal, type ReadGoal, resourceOf, unmanaged } from "./goal.js";
import type { Diff, Provider } from "./provider.js";
import { copyOf, dependenciesOf, type Resource, rootType, urnOf } from "./resource.js";
import {
  createStep,
  type Doing,
  deleteStep,
  forgetReplaced,
  importStep,
  readStep,
  replaceStep,
  type Step,
  sameStep,
  updateStep,
} from "./steps.js";
import { ignoring, type Properties, sameProperties } from "./values.js";

/** The run cannot go on; what was wrong has been told. */
export class Bail extends Error {}

/** What the steps of a run follow from, besides what the program declares. */
export interface Planning extends Doing {
  readonly stack: string;
  readonly project: string;
  /** What the state held, by URN; without what only waits to be deleted. */
  readonly olds: Map<string, Resource>;
  readonly log: EventLog;
  /** Nothing else is touched; absent: everything. */
  readonly targets: ReadonlySet<string> | undefined;
  /** Reference of the provider of a type. */
  referenceOf(type: string, version: string): string;
  providerOf(resource: Resource): Provider;
}

type Done = (state: Resource) => void;

/** Decides what is done to a resource that the program declares (pkg/resource/deploy/step_generator.go). */
export class StepGenerator {
  /** What this run has come to already, by URN. */
  readonly seen = new Set<string>();
  /** Deleted before its replacement; whether there is one is not known until it is declared. */
  readonly deleted = new Set<string>();
  readonly #deletedStates = new Set<Resource>();
  readonly #replaceKeys = new Map<string, readonly string[]>();
  readonly #former: Former;
  readonly #imported = new Set<string>();
  /** Not in the list of targets, so not made. */
  readonly #skipped = new Set<string>();

  constructor(
    private readonly planning: Planning,
    /** All that the state held, in its order. */
    private readonly base: readonly Resource[],
  ) {
    this.#former = new Former(planning.stack, planning.project, planning.olds);
  }

  /** @throws Bail */
  async declare(goal: Goal, done: Done): Promise<Step[]> {
    const { planning } = this;
    const urn = urnOf(planning.stack, planning.project, goal.parent, goal.type, goal.name);
    if (this.seen.has(urn)) this.#refuse(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
    this.seen.add(urn);
    const found = this.#former.find(urn, goal);
    const made = resourceOf(urn, goal, planning.referenceOf(goal.type, goal.version), found?.urn);
    const isImport =
      goal.custom && goal.importID !== "" && (!found || (found.importID || found.id) !== goal.importID);
    if (isImport && !this.deleted.has(urn)) return this.#import(goal, made, found, done);
    return this.#decide(goal, made, found, done);
  }

  async read(goal: ReadGoal, done: Done): Promise<Step[]> {
    const { planning } = this;
    const urn = urnOf(planning.stack, planning.project, goal.parent, goal.type, goal.name);
    this.seen.add(urn);
    const made: Resource = {
      ...resourceOf(urn, { ...unmanaged, ...goal }, planning.referenceOf(goal.type, "")),
      id: goal.id,
      external: true,
    };
    return [readStep(planning, planning.olds.get(urn), made, done)];
  }

  /** Imports now, since what follows depends on what is found; afterwards it is an update, or nothing. */
  #import(goal: Goal, made: Resource, old: Resource | undefined, done: Done): Step[] {
    if (old !== undefined) throw new Error(`${made.urn} is imported in place of another: not modelled`);
    this.#imported.add(made.urn);
    const afterwards = (imported: Resource) =>
      this.#decide(goal, resourceOf(made.urn, goal, made.provider), imported, done);
    return [importStep(this.planning, made, () => afterwards(made))];
  }

  async #decide(goal: Goal, made: Resource, old: Resource | undefined, done: Done): Promise<Step[]> {
    const { planning } = this;
    const recreating = this.deleted.has(made.urn);
    const targeted = this.#isTargeted(made);
    if (goal.custom) {
      if (targeted) {
        const olds = recreating || old === undefined || old.external ? undefined : old;
        const news = olds ? ignoring(goal.inputs, olds.inputs, goal.ignoreChanges) : goal.inputs;
        made.inputs = await this.#check(made, olds?.inputs ?? {}, news);
      } else made.inputs = old?.inputs ?? {};
    } else if (old !== undefined && !targeted) made.inputs = old.inputs;

    if (recreating && old !== undefined) {
      this.deleted.delete(made.urn);
      const keys = this.#replaceKeys.get(made.urn) ?? [];
      return [
        replaceStep(old, made, []),
        createStep(planning, made, done, { old, keys, pendingDelete: false }),
      ];
    }
    if (old === undefined || old.external) {
      if (!targeted) {
        this.#skipped.add(made.urn);
        done(made);
        return [];
      }
      this.#refuseSkipped(made);
      return [createStep(planning, made, done)];
    }
    if (!targeted) return [sameStep(old, { ...copyOf(old), id: "" }, done)];
    this.#refuseSkipped(made);
    return this.#compare(goal, made, old, done);
  }

  async #compare(goal: Goal, made: Resource, old: Resource, done: Done): Promise<Step[]> {
    const { planning } = this;
    const diff = await this.#diff(made, old, goal.replaceOnChanges);
    const replaced = diff.replaces.length > 0 || old.pendingReplacement;
    if (replaced && (diff.changes || old.pendingReplacement))
      return this.#replace(goal, made, old, diff, done);
    if (diff.changes || old.initErrors.length > 0) return [updateStep(planning, old, made, done)];
    if (this.#imported.has(made.urn)) {
      done(old);
      return [];
    }
    return [sameStep(old, made, done)];
  }

  async #diff(made: Resource, old: Resource, replaceOnChanges: readonly string[]): Promise<Diff> {
    const none = { replaces: [], deleteBeforeReplace: false };
    if (!made.custom) return { ...none, changes: !sameProperties(old.inputs, made.inputs) };
    const { changes, replaces, deleteBeforeReplace } = await this.planning
      .providerOf(made)
      .diff(made.urn, old.id, old, made.inputs);
    const wanted = replaceOnChanges.filter(
      (key) => !sameProperties(pick(old.inputs, key), pick(made.inputs, key)),
    );
    return {
      changes,
      replaces: changes ? [...new Set([...replaces, ...wanted])] : replaces,
      deleteBeforeReplace,
    };
  }

  async #replace(goal: Goal, made: Resource, old: Resource, diff: Diff, done: Done): Promise<Step[]> {
    const { planning } = this;
    if (made.protect && old.protect) {
      const message = `unable to replace resource "${made.urn}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\``;
      planning.log.error(message, made.urn);
      if (!planning.dryRun) throw new Bail(message);
    }
    if (goal.importID !== "") {
      const message =
        "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program";
      if (!planning.dryRun) this.#refuse(message, made.urn);
      planning.log.warning(message, made.urn);
    }
    // What was carried over from the old one does not hold for a new one.
    made.inputs = await this.#check(made, {}, goal.inputs);
    const { replaces: keys } = diff;
    if (!(goal.deleteBeforeReplace ?? diff.deleteBeforeReplace))
      return [
        createStep(planning, made, done, { old, keys, pendingDelete: true }),
        replaceStep(old, made, keys),
      ];
    const dependents = (await this.#dependentReplacements(old)).reverse();
    const deletions = dependents.flatMap(({ resource, keys: because }) => {
      if (this.#deletedStates.has(resource)) return [];
      if (resource.protect) this.#refuse(`unable to replace resource "${resource.urn}"`, made.urn);
      this.#replaceKeys.set(resource.urn, because);
      this.deleted.add(resource.urn);
      this.#deletedStates.add(resource);
      return [deleteStep(planning, resource, "first")];
    });
    return [
      ...deletions,
      ...(old.pendingReplacement ? [] : [deleteStep(planning, old, "first")]),
      replaceStep(old, made, keys),
      createStep(planning, made, done, { old, keys, pendingDelete: false }),
    ];
  }

  /** What depends on a resource that is deleted first, and would be replaced by a change of what it has from it. */
  async #dependentReplacements(root: Resource): Promise<{ resource: Resource; keys: readonly string[] }[]> {
    const replaced = new Set([root.urn]);
    const found: { resource: Resource; keys: readonly string[] }[] = [];
    const reached = new Set([root.urn]);
    for (const resource of this.base) {
      if (resource === root || ![...dependenciesOf(resource)].some((urn) => reached.has(urn))) continue;
      reached.add(resource.urn);
      if (this.seen.has(resource.urn) || !resource.custom || resource.external || resource.delete) continue;
      const touched = Object.entries(resource.propertyDependencies).filter(([, urns]) =>
        urns.some((urn) => replaced.has(urn)),
      );
      if (touched.length === 0) continue;
      const unknown = Object.fromEntries(
        touched.filter(([key]) => key in resource.inputs).map(([key]) => [key, unknownValue]),
      );
      const { replaces } = await this.planning
        .providerOf(resource)
        .diff(resource.urn, resource.id, resource, { ...resource.inputs, ...unknown });
      if (replaces.length === 0) continue;
      replaced.add(resource.urn);
      found.push({ resource, keys: replaces });
    }
    return found;
  }

  /** What the program does not declare any more, and what has been replaced. */
  deletions(): Step[] {
    const { planning } = this;
    return this.base.flatMap((resource): Step[] => {
      if (this.#deletedStates.has(resource)) return [];
      const operatedOn = this.seen.has(resource.urn) || this.#former.has(resource.urn);
      if (resource.delete) return [deleteStep(planning, resource, "last")];
      if (operatedOn) return [];
      if (planning.targets !== undefined && !planning.targets.has(resource.urn)) return [];
      if (resource.pendingReplacement) return [forgetReplaced(resource)];
      return [deleteStep(planning, resource)];
    });
  }

  async #check(made: Resource, olds: Properties, news: Properties): Promise<Properties> {
    const { inputs, failures } = await this.planning.providerOf(made).check(made.urn, olds, news);
    if (failures.length === 0) return inputs;
    for (const { property, reason } of failures)
      this.planning.log.error(
        `${made.type} resource '${made.urn.split("::").at(-1)}' has a problem: ${property === "" ? "" : `${property}: `}${reason}`,
        made.urn,
      );
    throw new Bail(`resource ${made.urn} is invalid`);
  }

  #refuse(message: string, urn: string): never {
    this.planning.log.error(message, urn);
    throw new Bail(message);
  }

  #isTargeted({ urn, type }: Resource): boolean {
    const { targets } = this.planning;
    return targets === undefined || type === rootType || targets.has(urn);
  }

  #refuseSkipped(made: Resource): void {
    if (this.planning.dryRun) return;
    for (const urn of dependenciesOf(made))
      if (this.#skipped.has(urn))
        this.#refuse(
          `Resource '${made.urn}' depends on '${urn}' which was not specified in --target list.`,
          made.urn,
        );
  }
}

const pick = (properties: Properties, key: string): Properties =>
  key in properties ? { [key]: properties[key] } : {};
