import { createRequire } from "node:module";

/** Characters from which on a text is written whole: for shorter ones that is no faster. */
const longText = 256;

/** Marks the library as one that does so already: a second time each text would pass through both. */
const whole = Symbol.for("mailstage.passTextWhole");

/**
 * Has Pulumi's messages read and write a text at once. `google-protobuf` 3 does so character by character, which for the lists of
 * 10,000 mailboxes took a twentieth of all the CPU time of a run (docs/performance.md); what goes over the wire is the same. Where the
 * library is of another make, it stays as it is.
 * @param protobuf what Pulumi's SDK reads and writes its messages with
 */
export function passTextWhole(protobuf: unknown = ofSdk()): void {
  const [reader, writer] = [prototypeOf(protobuf, "BinaryReader"), prototypeOf(protobuf, "BinaryWriter")];
  const [readBytes, writeBytes] = [methodOf(reader, "readBytes"), methodOf(writer, "writeBytes")];
  const writeString = methodOf(writer, "writeString");
  if (!isObject(reader) || !isObject(writer) || !readBytes || !writeBytes || !writeString) return;
  if (Reflect.has(writer, whole)) return;
  Reflect.set(writer, whole, true);
  Reflect.set(reader, "readString", function (this: unknown) {
    const bytes = Reflect.apply(readBytes, this, []);
    return ArrayBuffer.isView(bytes)
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
      : bytes;
  });
  const utf8 = new TextEncoder();
  Reflect.set(writer, "writeString", function (this: unknown, field: unknown, text: unknown) {
    // Half of a surrogate pair has no UTF-8, and the library's own for it.
    if (typeof text === "string" && text.length >= longText && text.isWellFormed())
      Reflect.apply(writeBytes, this, [field, utf8.encode(text)]);
    else Reflect.apply(writeString, this, [field, text]);
  });
}

/** The SDK's own, which a package manager need not give to ours; undefined where it has none. */
function ofSdk(): unknown {
  try {
    return createRequire(require.resolve("@pulumi/pulumi/runtime/settings.js"))("google-protobuf");
  } catch {
    return undefined;
  }
}

type Method = (...args: unknown[]) => unknown;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isMethod = (value: unknown): value is Method => typeof value === "function";

function prototypeOf(library: unknown, name: string): unknown {
  const made: unknown = isObject(library) ? Reflect.get(library, name) : undefined;
  return isMethod(made) ? made.prototype : undefined;
}

function methodOf(prototype: unknown, name: string): Method | undefined {
  const method: unknown = isObject(prototype) ? Reflect.get(prototype, name) : undefined;
  return isMethod(method) ? method : undefined;
}
