import type { Alias } from "@pulumi/pulumi/proto/alias_pb.js";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import {
  DeploymentInfo,
  type ReadResourceRequest,
  ReadResourceResponse,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceMonitorFeature,
} from "@pulumi/pulumi/proto/resource_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Goal, GoalAlias, ReadGoal } from "./goal.js";
import type { Resource } from "./resource.js";
import { propertiesOf, structHolding } from "./struct.js";
import type { Properties } from "./values.js";

/** What the program asks of the engine. Of a run that has failed nothing is answered any more. */
export interface Registrations {
  register(goal: Goal): Promise<Resource>;
  read(goal: ReadGoal): Promise<Resource>;
  outputs(urn: string, outputs: Properties): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
}

type Answer<T> = (error: Error | null, answer?: T) => void;

/** Properties of their own, as nobody else holds them. */
const plain = (struct: Struct | undefined): Properties => (struct === undefined ? {} : propertiesOf(struct));
/** The SDK makes values of its own of what it is answered, and nobody writes to what a state holds. */
const structOf = structHolding;

const features = [
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
];

/** The engine's resource monitor as the SDK speaks to it (source_eval.go), without gRPC between. */
export function monitorOf(engine: Registrations): object {
  const answering = <T>(work: Promise<T>, answer: Answer<T>): void =>
    // A failure of the run is never an answer: see `Registrations`.
    void work.then((value) => answer(null, value));
  return {
    registerResource(request: RegisterResourceRequest, answer: Answer<RegisterResourceResponse>) {
      const goal = goalOf(request);
      answering(
        engine.register(goal).then((made) => {
          const response = new RegisterResourceResponse();
          response.setUrn(made.urn);
          response.setId(made.id);
          // What a component registers comes later.
          response.setObject(structOf(goal.custom ? made.outputs : {}));
          return response;
        }),
        answer,
      );
    },
    readResource(request: ReadResourceRequest, answer: Answer<ReadResourceResponse>) {
      const goal: ReadGoal = {
        type: request.getType(),
        name: request.getName(),
        id: request.getId(),
        parent: request.getParent(),
        inputs: plain(request.getProperties()),
        dependencies: request.getDependenciesList(),
      };
      answering(
        engine.read(goal).then((found) => {
          const response = new ReadResourceResponse();
          response.setUrn(found.urn);
          response.setProperties(structOf(found.outputs));
          return response;
        }),
        answer,
      );
    },
    registerResourceOutputs(request: RegisterResourceOutputsRequest, answer: Answer<Empty>) {
      const outputs = plain(request.getOutputs());
      answering(
        engine.outputs(request.getUrn(), outputs).then(() => new Empty()),
        answer,
      );
    },
    invoke(request: ResourceInvokeRequest, answer: Answer<InvokeResponse>) {
      engine.invoke(request.getTok(), plain(request.getArgs())).then(
        (result) => {
          const response = new InvokeResponse();
          response.setReturn(structOf(result));
          answer(null, response);
        },
        (error: Error) => answer(Object.assign(error, { details: error.message })),
      );
    },
    getDeploymentInfo(_request: Empty, answer: Answer<DeploymentInfo>) {
      const info = new DeploymentInfo();
      info.setSupportedfeaturesList(features);
      answer(null, info);
    },
    signalAndWaitForShutdown: (_request: Empty, answer: Answer<Empty>) => answer(null, new Empty()),
    close() {},
  };
}

function goalOf(request: RegisterResourceRequest): Goal {
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((urns, key) => {
    propertyDependencies[key] = urns.getUrnsList();
  });
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs: plain(request.getObject()),
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    importID: request.getImportid(),
    deletedWith: request.getDeletedwith(),
    aliases: request.getAliasesList().map(aliasOf),
    version: request.getVersion(),
  };
}

function aliasOf(alias: Alias): GoalAlias {
  const spec = alias.getSpec();
  if (spec === undefined) return { urn: alias.getUrn() };
  return {
    name: spec.getName(),
    type: spec.getType(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
}
