import type * as pulumi from "@pulumi/pulumi";
import type { Declared } from "../../src/dns/hosts/index.js";

/** A native resource of one host. `values` is unknown in a preview that cannot know them yet. */
export interface NativeRecord {
  /** Name of the Pulumi resource. */
  readonly resource: string;
  readonly zone: string;
  /** Fully qualified. */
  readonly name: string;
  readonly record: Omit<Declared, "values"> & { readonly values: pulumi.Input<string[]> };
}

/** Declares one native resource. */
export type DeclareNative = (
  native: NativeRecord,
  opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;
