import { z } from "zod";
import { kindOf } from "../../../src/reports/shared/preview.js";
import { contracts, type ResourceKind } from "../../../src/state/index.js";
import { storedNames } from "../../../src/state/read-resource.js";
import type { State } from "../../engine/stack.js";
import { Violated } from "./violated.js";

/** What the engine and the SDK keep of a dynamic resource besides. */
const engineOwned = new Set(["__provider", "resourceUrn"]);

const readers = new Map<ResourceKind, z.ZodObject>();

/** A kind's contract as a whole: inputs that are kept, and outputs. */
function readerOf(kind: ResourceKind): z.ZodObject {
  const made =
    readers.get(kind) ?? z.object({ ...contracts[kind].inputs.shape, ...contracts[kind].outputs.shape });
  readers.set(kind, made);
  return made;
}

/** Resources that were held, by their inputs and outputs, which states share where nothing has changed: most commands leave it so. */
const held = new WeakMap<object, WeakSet<object>>();

/** 4: state has everything that a contract says a reader finds, and nothing that no contract names. */
export function holdState(state: State): void {
  const { resources } = state;
  const wrong = resources.flatMap(({ type, urn, inputs, outputs }) => {
    const kind = kindOf(type);
    if (kind === undefined || held.get(inputs)?.has(outputs) === true) return [];
    const name = urn.split("::").at(-1) ?? urn;
    const forgotten = new Set<string>(contracts[kind].forgotten);
    const own = Object.fromEntries(Object.entries(outputs).filter(([key]) => !engineOwned.has(key)));
    const secret = new Set(Object.keys(own).filter((key) => isSecret(own[key])));
    const stored = new Set(storedNames(kind));
    const read = readerOf(kind).safeParse(own);
    return [
      ...Object.keys({ ...inputs, ...own }).flatMap((key) =>
        stored.has(key) || engineOwned.has(key)
          ? []
          : [`${name} has ${key}, which its contract does not name`],
      ),
      ...(read.success
        ? unread(own, read.data, [name])
        : read.error.issues.flatMap(({ path, message }) =>
            [forgotten, secret].some((names) => names.has(String(path[0])))
              ? []
              : [`${[name, ...path].join(".")}: ${message}`],
          )),
    ];
  });
  if (wrong.length > 0) throw new Violated("4 state is what the contracts say", wrong.join("; "));
  for (const { inputs, outputs } of resources)
    held.set(inputs, (held.get(inputs) ?? new WeakSet()).add(outputs));
}

/** What Pulumi encrypts is told by this name (sdk/go/common/resource/sig). */
const isSecret = (value: unknown) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "4dabf18193072939515e22adb298388d");

/** What stands in state and no schema reads, by its path. */
function unread(kept: unknown, read: unknown, path: readonly string[]): string[] {
  if (typeof kept !== "object" || kept === null || typeof read !== "object" || read === null) return [];
  const found = new Map(Object.entries(read));
  return Object.entries(kept).flatMap(([key, value]) =>
    found.has(key)
      ? unread(value, found.get(key), [...path, key])
      : [`${[...path, key].join(".")} is named by no contract`],
  );
}
