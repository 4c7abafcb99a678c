import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { severityLabel, wrapped } from "../src/base/wrapped.js";
import { engineAddress } from "./engine-address.js";
import * as pulumi from "./sdk.js";

let connected = false;

/** Log lines of a dynamic provider go to the stack's row unless they name a resource. */
export async function say(
  level: "info" | "warn" | "error",
  message: string,
  urn: string | undefined,
  ephemeral: boolean,
) {
  const engine = engineAddress();
  if (engine === undefined) return;
  if (!connected) {
    resetOptions("mailstage", "mailstage", -1, engine, "", false, "");
    connected = true;
  }
  const resource = urn === undefined ? undefined : rowOf(urn);
  await withoutStackTrace(() =>
    pulumi.log[level](ephemeral ? message : wrapped(message, severityLabel), resource, undefined, ephemeral),
  );
}

/** The SDK takes a stack trace of each request, and Pulumi's plugin maps the first through source maps: as long as five checks. */
function withoutStackTrace<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The only thing `pulumi.log` reads of a resource is its URN. */
function rowOf(urn: string): pulumi.Resource {
  const row: Pick<pulumi.Resource, "urn"> = { urn: pulumi.output(urn) };
  return Object.assign(Object.create(pulumi.Resource.prototype), row);
}
