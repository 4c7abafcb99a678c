import { z } from "zod";
import { MailstageError } from "../../base/problem.js";
import { unwrapped } from "../../base/wrapped.js";
import { batchNames } from "../../state/batch-mailboxes.js";
import { component } from "../../state/component.js";
import type { ResourceKind } from "../../state/index.js";
import { readResource } from "../../state/read-resource.js";
import { nameOf } from "../../state/urn.js";
import { kindOf, type Properties } from "../shared/preview.js";

const exportSchema = z.object({
  // Null for a stack that was never updated.
  deployment: z
    .object({
      manifest: z.object({ time: z.string() }).optional(),
      resources: z
        .array(
          z.object({
            urn: z.string(),
            type: z.string(),
            inputs: z.record(z.string(), z.unknown()).nullish(),
            outputs: z.record(z.string(), z.unknown()).nullish(),
            initErrors: z.array(z.string()).nullish(),
          }),
        )
        .nullish(),
      pending_operations: z
        .array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }).optional() }))
        .nullish(),
    })
    .nullable(),
});

/** A resource of ours as the state has it. */
export interface StateResource {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** Why it is not ready although it exists. */
  readonly blocked: readonly string[];
}

/** The state of a stack, as far as it is ours. */
export interface StackState {
  readonly stack: string;
  /** When the last update ended, ISO 8601. */
  readonly writtenAt: string | null;
  readonly resources: readonly StateResource[];
  /** Mailboxes of each wave's CSV at the last update, from the stack's outputs. */
  readonly listed: Readonly<Record<string, number>>;
  /** Operations a killed update left behind. */
  readonly pending: number;
}

/**
 * Reads what `pulumi stack export` prints.
 * @throws MailstageError `state-unreadable`
 */
export function readState(text: string, stack: string): StackState {
  const parsed = exportSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new MailstageError({
      code: "state-unreadable",
      subject: `stack ${stack}`,
      reason: "its state is not what pulumi stack export prints",
      hint: "Look at what pulumi stack export --stack prints there",
    });
  const { manifest, resources, pending_operations: pending } = parsed.data.deployment ?? {};
  return {
    stack,
    writtenAt: manifest?.time.startsWith("0001") === true ? null : (manifest?.time ?? null),
    resources: (resources ?? []).flatMap(({ urn, type, inputs, outputs, initErrors }) => {
      const kind = kindOf(type);
      if (kind === undefined) return [];
      return [
        {
          kind,
          name: nameOf(urn),
          inputs: inputs ?? {},
          outputs: outputs ?? {},
          blocked: (initErrors ?? []).map(unwrapped),
        },
      ];
    }),
    listed: listedIn(
      // A program of one's own exports what it likes; what the migration tells is the component's then.
      (
        (resources ?? []).find(({ type }) => type === component) ??
        (resources ?? []).find(({ type }) => type === "pulumi:pulumi:Stack")
      )?.outputs,
    ),
    // An object that is in the state by now was made after all: by the update that was killed, or by the next one.
    pending: (pending ?? []).filter(
      ({ type, resource }) =>
        type !== "creating" || !(resources ?? []).some(({ urn }) => urn === resource?.urn),
    ).length,
  };
}

/** The names of a wave's migration batches, as its resource has them. */
export function batchNamesOf({ resources }: Pick<StackState, "resources">, wave: string): string[] {
  const batch = resources.find(({ kind, inputs }) => kind === "MigrationBatch" && inputs["wave"] === wave);
  return batch === undefined ? [] : batchNames(wave, readResource("MigrationBatch", batch.inputs));
}

/** The licences of each wave, inputs and outputs in one. */
export function licensesOf({ resources }: Pick<StackState, "resources">): Properties[] {
  return resources.flatMap(({ kind, inputs, outputs }) =>
    kind === "LicenseAssignment" ? [{ ...inputs, ...outputs }] : [],
  );
}

function listedIn(outputs: Properties | null | undefined): Record<string, number> {
  const parsed = z.object({ mailboxes: z.record(z.string(), z.number()) }).safeParse(outputs);
  return parsed.success ? parsed.data.mailboxes : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
