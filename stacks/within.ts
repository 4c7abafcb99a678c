import type * as pulumi from "@pulumi/pulumi";

/** Where a migration stands among the resources of its program: at the top, or under the component that it is declared by. */
export type Within = Pick<pulumi.CustomResourceOptions, "parent" | "aliases">;
