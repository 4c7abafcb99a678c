import { isDeepStrictEqual } from "node:util";

/** Properties as they go over the engine's wire: JSON, a secret as an object with a signature, what is not known yet as a sentinel. */
export type Properties = Record<string, unknown>;

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A secret on the wire. */
export function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[signature] === secretSignature;
}

export const secretOf = (value: unknown): Properties => ({ [signature]: secretSignature, value });

const contains = (value: unknown, what: (part: unknown) => boolean): boolean =>
  what(value) ||
  (typeof value === "object" && value !== null && Object.values(value).some((part) => contains(part, what)));

/**
 * A copy as protobuf's Struct makes it: keys sorted, nothing shared.
 * @throws Error for what it cannot hold, as the SDK does after the work was done
 */
function wire(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "object": {
      if (value === null) return value;
      // `map` would make an array of the realm that the value is of, which Jest's is not.
      if (Array.isArray(value)) return Array.from(value, wire);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (isObject(value) && (prototype === Object.prototype || prototype === null)) return wireAll(value);
    }
  }
  throw new Error("Unexpected struct type.");
}

/** By a loop: half of what the engine does beside the program and the handlers is this. */
export function wireAll(properties: Properties): Properties {
  const copy: Properties = {};
  for (const key of Object.keys(properties).sort()) copy[key] = wire(properties[key]);
  return copy;
}

/** A copy in which every secret is replaced. */
function mapSecrets(value: unknown, replace: (hidden: unknown) => unknown): unknown {
  if (isSecret(value)) return replace(value.value);
  if (Array.isArray(value)) return Array.from(value, (part) => mapSecrets(part, replace));
  if (!isObject(value)) return value;
  return mapAll(value, replace);
}

function mapAll(properties: Properties, replace: (hidden: unknown) => unknown): Properties {
  const copy: Properties = {};
  for (const key of Object.keys(properties)) copy[key] = mapSecrets(properties[key], replace);
  return copy;
}

const revealed = (hidden: unknown): unknown => mapSecrets(hidden, revealed);
const revealedBefore = new WeakMap<Properties, Properties>();

/** What a provider is given that takes no secrets: a copy with their values, made once and not to be written to. */
export function reveal(properties: Properties): Properties {
  const copy = revealedBefore.get(properties) ?? frozen(mapAll(properties, revealed));
  revealedBefore.set(properties, copy);
  return copy;
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/** What stands in a state file, and in what is told. */
export const sealSecrets = (properties: Properties, seal: (text: string) => string): Properties =>
  mapAll(properties, (hidden) => ({
    [signature]: secretSignature,
    ciphertext: seal(JSON.stringify(hidden)),
  }));

/** What `pulumi stack export --show-secrets` writes in place of a secret, and back. */
export const showSecrets = (properties: Properties): Properties =>
  mapAll(properties, (hidden) => ({ [signature]: secretSignature, plaintext: JSON.stringify(hidden) }));
export const hideSecrets = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, hidden(part)]));

function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, hidden);
  if (!isObject(value)) return value;
  const { plaintext } = value;
  return value[signature] === secretSignature && typeof plaintext === "string"
    ? secretOf(JSON.parse(plaintext))
    : hideSecrets(value);
}

/** Marks in `outs` what is a secret by the same name in `ins`: of objects their parts, of all else the whole. */
export function annotateSecrets(outs: Properties, ins: Properties): void {
  for (const [key, given] of Object.entries(ins)) {
    const out = outs[key];
    if (!(key in outs)) continue;
    if (isObject(out) && isObject(given) && !isSecret(out) && !isSecret(given)) annotateSecrets(out, given);
    else if (!isSecret(out) && contains(given, isSecret)) outs[key] = secretOf(out);
  }
}

/** The engine's `DeepEquals`. */
export const sameProperties = (left: Properties, right: Properties): boolean =>
  isDeepStrictEqual(wireAll(left), wireAll(right));

/** Sets what is ignored back to what it was; `path` is a property's name. */
export function ignoring(inputs: Properties, olds: Properties, paths: readonly string[]): Properties {
  const result = { ...inputs };
  for (const path of paths) {
    if (path in olds) result[path] = olds[path];
    else delete result[path];
  }
  return result;
}
