import type { z } from "zod";
import {
  type AnyContract,
  contracts,
  folded,
  type InputsOf,
  type Properties,
  type ResourceKind,
  unfolded,
} from "../src/state/index.js";
import { asRunError } from "./run-error.js";
import * as pulumi from "./sdk.js";

/** A property that may come from another resource. */
type Lifted<T> = pulumi.Input<T extends readonly (infer E)[] ? pulumi.Input<E>[] : T>;

/** What a resource is declared with: the contract's inputs but those its handler computes; `Later` may come from other resources. */
export type ArgsOf<K extends ResourceKind, Later extends keyof InputsOf<K> = never> = {
  [P in keyof InputsOf<K> as P extends (typeof contracts)[K]["computed"][number] ? never : P]: P extends Later
    ? Lifted<InputsOf<K>[P]>
    : InputsOf<K>[P];
};

type AsOutputs<Shape extends Readonly<Record<string, z.core.$ZodType>>> = {
  readonly [P in keyof Shape]?: pulumi.Output<z.output<Shape[P]>>;
};

/**
 * What a class may show of a resource, as outputs for other resources. It implements this for their documentation, which stands at the
 * contract's schema.
 */
export type Documented<K extends ResourceKind> = AsOutputs<Properties[K]["inputs"]> &
  AsOutputs<Properties[K]["outputs"]>;

/**
 * Base of every mailstage resource. What Pulumi stores of its provider is one constant line that loads the
 * handler from the installed package by name: no code in state, no change when our code changes, and the
 * `read` and `delete` that run are always the ones of today.
 */
export abstract class MailstageResource extends pulumi.CustomResource {
  protected constructor(
    kind: ResourceKind,
    name: string,
    props: pulumi.Inputs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const type = `pulumi-nodejs:dynamic/mailstage:${kind}`;
    // Handlers are not told which resource they serve; progress on its own row needs its URN.
    // The SDK makes a dozen outputs to put one together, which takes as long as half the resource: without a parent it is a text.
    const resourceUrn =
      opts?.parent === undefined
        ? `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}`
        : pulumi.createUrn(name, type, urnAlone(opts.parent));
    // The SDK takes a stack trace for every property, which was a quarter of the program's time (docs/performance.md), and one of any
    // length for state: lines of our bundle on this machine, a seventh of a small state, which every change of our code changes.
    const { stackTraceLimit, prepareStackTrace } = Error;
    Error.stackTraceLimit = 0;
    Error.prepareStackTrace = () => "";
    try {
      // Also for `pulumi up --replace`, which asks no handler: to make the new one first would only adopt what stands, and leave a
      // deletion in state that is refused for as long as it would lose mail.
      super(
        type,
        name,
        {
          ...undeclared(kind),
          ...props,
          ...previewed(kind),
          ...foldedProps(kind, props),
          resourceUrn,
          __provider: providerLine(kind),
        },
        { deleteBeforeReplace: true, ...opts },
      );
      Object.assign(this, unfoldedOutputs(kind, this));
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      Error.prepareStackTrace = prepareStackTrace;
    }
  }
}

/** Lists of names as state has them. */
function foldedProps(kind: ResourceKind, props: pulumi.Inputs): pulumi.Inputs {
  return overFolding(kind, (property) => props[property], folded);
}

/** The same lists for the program, and for other resources. No other output is looked at: each is made when it first is, in a test. */
function unfoldedOutputs(kind: ResourceKind, resource: pulumi.CustomResource): pulumi.Inputs {
  return overFolding(kind, (property) => Reflect.get(resource, property), unfolded);
}

function overFolding(
  kind: ResourceKind,
  given: (property: string) => unknown,
  work: typeof folded,
): pulumi.Inputs {
  const { folding = {} } = anyContract(kind);
  return Object.fromEntries(
    Object.entries(folding).flatMap(([property, rosters = []]) => {
      if (given(property) === undefined) return [];
      const read = Object.fromEntries([property, ...rosters].map((key) => [key, given(key)]));
      return [
        [property, pulumi.all(read).apply((values) => asRunError(() => work({ folding }, values)[property]))],
      ];
    }),
  );
}

const anyContract = (kind: ResourceKind): AnyContract => contracts[kind];

/** Every property of the kind: Pulumi's SDK makes outputs only of those that are named. */
function undeclared(kind: ResourceKind): pulumi.Inputs {
  const { inputs, outputs } = contracts[kind];
  return Object.fromEntries(
    [...Object.keys(inputs.shape), ...Object.keys(outputs.shape)].map((key) => [key, undefined]),
  );
}

/** What tells a handler of a preview, where its contract asks: a provider is not told otherwise. */
function previewed(kind: ResourceKind): pulumi.Inputs {
  return "dryRun" in contracts[kind].inputs.shape && pulumi.isDryRun() ? { dryRun: true } : {};
}

/** A parent's URN without the dependency on it: a component is waited for with all its children, this one included. */
function urnAlone({ urn }: pulumi.Resource): pulumi.Output<string> {
  return pulumi.output(new Promise<string>((fulfil) => void urn.apply(fulfil)));
}

/** The constant stored as `__provider`: resolves from the folder of the program's `main`, installed or in this repository. */
export function providerLine(kind: ResourceKind): string {
  return `exports.handler=()=>require("node:module").createRequire(process.cwd()+"/")("mailstage/providers").${kind}`;
}
