import type * as pulumi from "@pulumi/pulumi";
import { autodiscoverName } from "../src/plan/names.js";
import { takeOver } from "./dns/index.js";
import type { Migration } from "./migration.js";

/** Until stage `complete` autodiscover stays where it is. */
export function takeOverAutodiscover(migration: Migration, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const request = { name: autodiscoverName(migration.plan), type: "CNAME", mode: "follow" } as const;
  return takeOver(migration, "autodiscover", request, dependsOn);
}
