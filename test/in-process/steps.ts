import { isSame, type Op, type StepFacts } from "./events.js";
import { InitError, type Provider } from "./provider.js";
import type { PendingOperation, Resource } from "./resource.js";
import { copyOf, isProviderType, nameOf } from "./resource.js";
import { annotateSecrets, isSecret, secretOf } from "./values.js";

/** What a step does (pkg/resource/deploy/step.go), and what state holds of it while it does and afterwards. */
export interface Step extends Omit<StepFacts, "old" | "new"> {
  /** An import tells what it found as if it had been there. */
  old: Resource | undefined;
  /** What a refresh finds takes its place. */
  new: Resource | undefined;
  /** What state says while it is under way; nothing where nothing is saved. */
  readonly pending?: PendingOperation;
  /** @throws InitError when it was done, and the resource is not ready; other errors when it was not done */
  apply(): Promise<void>;
  /** What is no more in the state, and what is there, once it was done. */
  settled(): { readonly gone?: Resource | undefined; readonly made?: Resource | undefined };
  /** What it brought decides on the steps that follow. */
  readonly follow?: () => Promise<Step[]>;
  /** Lets what waits for it go on. */
  readonly done?: ((state: Resource) => void) | undefined;
}

/** What all steps need. */
export interface Doing {
  readonly dryRun: boolean;
  providerOf(resource: Resource): Provider;
}

type Done = (state: Resource) => void;

const facts = (op: Op, old: Resource | undefined, made: Resource | undefined, logical = true) => {
  const { urn = "", type = "" } = made ?? old ?? {};
  return { op, urn, type, old, new: made, keys: [], logical };
};

export function sameStep(old: Resource, made: Resource, done?: Done): Step {
  return {
    ...facts("same", old, made),
    async apply() {
      made.id = old.id;
      made.outputs = old.outputs;
      // What was made of them, a text or a copy for a provider, is there already.
      if (isSame(made.inputs, old.inputs)) made.inputs = old.inputs;
    },
    settled: () => ({ gone: old, made }),
    done,
  };
}

/** @param replaced what it takes the place of; `keys` are the inputs for whose sake */
export function createStep(
  doing: Doing,
  made: Resource,
  done: Done,
  replaced?: { readonly old: Resource; readonly keys: readonly string[]; readonly pendingDelete: boolean },
): Step {
  return {
    ...facts(replaced ? "create-replacement" : "create", replaced?.old, made, replaced === undefined),
    keys: replaced?.keys ?? [],
    pending: { type: "creating", resource: made },
    async apply() {
      if (made.custom) await keepingInit(made, () => createCustom(doing, made));
      if (replaced?.pendingDelete) replaced.old.delete = true;
    },
    settled: () => ({ gone: replaced?.old.pendingReplacement ? replaced.old : undefined, made }),
    done,
  };
}

async function createCustom(doing: Doing, made: Resource): Promise<void> {
  const { id, outputs } = await doing.providerOf(made).create(made.urn, made.inputs, doing.dryRun);
  Object.assign(made, { id, outputs });
}

/** What was made and is not ready is kept, with its reasons. */
async function keepingInit(made: Resource, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof InitError) {
      const { id, properties: outputs, reasons } = error;
      annotateSecrets(outputs, made.inputs);
      Object.assign(made, { id, outputs, initErrors: [...reasons] });
    }
    throw error;
  }
}

export function updateStep(doing: Doing, old: Resource, made: Resource, done: Done): Step {
  return {
    ...facts("update", old, made),
    pending: { type: "updating", resource: made },
    async apply() {
      made.id = old.id;
      if (!made.custom) return;
      try {
        await keepingInit(made, async () => {
          made.outputs = await doing
            .providerOf(made)
            .update(made.urn, old.id, old.outputs, made.inputs, doing.dryRun);
        });
      } catch (error) {
        // What was not done with these inputs is not said to have been.
        if (error instanceof InitError) Object.assign(made, { id: old.id, inputs: { ...old.inputs } });
        throw error;
      }
    },
    settled: () => ({ gone: old, made }),
    done,
  };
}

/** Tells of a replacement; what is done are the steps beside it. */
export function replaceStep(old: Resource, made: Resource, keys: readonly string[]): Step {
  return { ...facts("replace", old, made), keys, async apply() {}, settled: () => ({}) };
}

/** @param replacing `first`: its replacement is still to be made; `last`: it was */
export function deleteStep(doing: Doing, old: Resource, replacing?: "first" | "last"): Step {
  const op = old.external ? "read-discard" : replacing ? "delete-replaced" : "delete";
  return {
    ...facts(op, old, undefined, replacing === undefined),
    pending: { type: "deleting", resource: old },
    async apply() {
      if (replacing === undefined && old.protect) throw new ProtectedError(old.urn);
      const left = doing.dryRun || old.external || old.retainOnDelete || !old.custom;
      if (!left && !isProviderType(old.type))
        await doing.providerOf(old).delete(old.urn, old.id, old.outputs);
      if (replacing === "first") old.pendingReplacement = true;
    },
    settled: () => ({ gone: old.pendingReplacement ? undefined : old }),
  };
}

/** Protected resources are all reported before the run ends. */
export class ProtectedError extends Error {
  constructor(urn: string) {
    super(
      `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${urn}'\``,
    );
  }
}

export function forgetReplaced(old: Resource): Step {
  return {
    ...facts("remove-pending-replace", old, undefined, false),
    async apply() {},
    settled: () => ({ gone: old }),
  };
}

export function readStep(doing: Doing, old: Resource | undefined, made: Resource, done: Done): Step {
  return {
    ...facts("read", old, made),
    pending: { type: "reading", resource: made },
    async apply() {
      const found = await doing.providerOf(made).read(made.urn, made.id, made.inputs, made.inputs);
      if (found.id === "") throw new Error(`resource '${made.id}' does not exist`);
      Object.assign(made, { id: found.id, outputs: found.outputs });
    },
    settled: () => ({ gone: old, made }),
    done,
  };
}

/** What stands under an id is taken over as it is; what the program wants otherwise is an update that follows. */
export function importStep(doing: Doing, made: Resource, follow: () => Promise<Step[]>): Step {
  const step: Step = {
    ...facts("import", undefined, made),
    pending: { type: "importing", resource: made },
    async apply() {
      const found = await doing.providerOf(made).read(made.urn, made.importID, undefined, {});
      if (found.id === "") throw new Error(`resource '${made.importID}' does not exist`);
      if (found.inputs === undefined)
        throw new Error(
          `provider does not support importing resources; please try updating the '${nameOf(made.urn)}' plugin`,
        );
      Object.assign(made, { id: found.id, inputs: found.inputs, outputs: found.outputs });
      step.old = copyOf(made);
    },
    settled: () => ({ made }),
    follow,
  };
  return step;
}

/** Marks as secret what was asked for, and what is a secret among the inputs. */
export function markSecrets(made: Resource): void {
  const { additionalSecretOutputs, inputs, outputs } = made;
  const found = Object.keys(outputs).filter(
    (key) => !isSecret(outputs[key]) && (additionalSecretOutputs.includes(key) || isSecret(inputs[key])),
  );
  if (found.length > 0)
    made.outputs = { ...outputs, ...Object.fromEntries(found.map((key) => [key, secretOf(outputs[key])])) };
}
