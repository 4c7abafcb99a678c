import { z } from "zod";
import { fileForm, type Resource, type Snapshot } from "./resource.js";
import { hideSecrets, showSecrets } from "./values.js";

const properties = z.record(z.string(), z.unknown()).default({});
const texts = z.array(z.string()).default([]);
const text = z.string().default("");
const flag = z.boolean().default(false);

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  custom: flag,
  id: text,
  inputs: properties,
  outputs: properties,
  parent: text,
  provider: text,
  dependencies: texts,
  propertyDependencies: z.record(z.string(), z.array(z.string())).default({}),
  protect: flag,
  retainOnDelete: flag,
  external: flag,
  delete: flag,
  pendingReplacement: flag,
  initErrors: texts,
  aliases: texts,
  importID: text,
  deletedWith: text,
  ignoreChanges: texts,
  replaceOnChanges: texts,
  additionalSecretOutputs: texts,
});

/** What `pulumi stack export --show-secrets` prints, as far as it is read here. */
const deploymentSchema = z.object({
  version: z.literal(3),
  deployment: z.object({ resources: z.array(resourceSchema) }),
});

/** A state in the form of `pulumi stack export --show-secrets`; operations that are open are left out. */
export const exportSnapshot = ({ resources }: Snapshot) => ({
  version: 3,
  deployment: { resources: resources.map((resource) => fileForm(resource, showSecrets)) },
});

/** The state that such a text holds. */
export function importSnapshot(deployment: unknown): Snapshot {
  const { resources } = deploymentSchema.parse(deployment).deployment;
  return {
    resources: resources.map(
      (resource): Resource => ({
        ...resource,
        inputs: hideSecrets(resource.inputs),
        outputs: hideSecrets(resource.outputs),
      }),
    ),
    operations: [],
  };
}
