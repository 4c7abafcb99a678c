import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import type { z } from "zod";
import { MailstageError, type Problem } from "../src/base/problem.js";

/** What Pulumi hands over of a resource, inputs or state. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource is parsed a few times a run: zod compiling its schema first would take ten times as long. */
export const onceOnly = { jitless: true } as const;

const engineOwned = new Set(["__provider", "resourceUrn"]);

/** Pulumi refuses `undefined`, dates and maps in outputs, after the remote work was done. */
export const jsonClean = (value: object): Properties => JSON.parse(JSON.stringify(value));

/** Without what the engine keeps there beside ours. */
export const withoutEngineOwned = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties).filter(([key, value]) => !engineOwned.has(key) && value !== undefined),
  );

/** Whether any part of a value is known only during the update. */
export const hasUnknown = (value: unknown): boolean =>
  value === unknownValue ||
  (typeof value === "object" && value !== null && Object.values(value).some(hasUnknown));

/**
 * What of `news` is known, and for the rest what was applied last. Of a resource that has not changed only ignored inputs can
 * be unknown: a preview cannot know them yet, and nothing is wrong with that.
 */
export const settledInputs = (news: Properties, olds: Properties): Properties =>
  Object.fromEntries(
    Object.entries(news).map(([key, value]) => [key, hasUnknown(value) ? olds[key] : value]),
  );

/** Properties by their schema. @throws MailstageError `resource-properties`, all that is wrong at once */
export function parseProperties<S extends z.ZodObject>(
  schema: S,
  properties: Properties,
  what: "input" | "state",
): z.output<S> {
  const result = schema.safeParse(withoutEngineOwned(properties), onceOnly);
  if (result.success) return result.data;
  const [first, ...rest] = result.error.issues.map(
    (issue): Problem => ({
      code: "resource-properties",
      subject: `${what} ${issue.path.join(".")}`,
      reason: issue.message,
    }),
  );
  throw new MailstageError(
    first ? [first, ...rest] : { code: "resource-properties", subject: what, reason: "invalid" },
  );
}
