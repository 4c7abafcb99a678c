import fc from "fast-check";

/** How one value of an answer is spoilt. */
export type Spoiling = (value: unknown) => unknown;

/** Stands for what is too deep for JSON.stringify until the text is made. */
const deepMark = "@deep@";
const deep = `${"[".repeat(20_000)}1${"]".repeat(20_000)}`;

/** Takes the property or element away. */
export const gone: unique symbol = Symbol("gone");

/** Values that a service should never put in place of a true one. */
export const spoilings: readonly Spoiling[] = [
  () => gone,
  () => null,
  () => 0,
  () => -1,
  () => 1e308,
  () => "",
  () => " ",
  () => true,
  () => [],
  () => ({}),
  (value) => [value],
  (value) => ({ value }),
  (value) => String(value),
  (value) => (typeof value === "string" ? Number(value) || value.length : String(value)),
  () => deepMark,
  () => ({ Name: { Name: { value: deepMark } } }),
  () => ({ ["__proto__"]: { polluted: true }, constructor: 1, length: 5 }),
  () => "\u0000\u001b[2J\ud800",
  () => "9999-99-99T99:99:99Z",
  () => "x".repeat(100_000),
  () => "../../..?%00#@:[",
  () => "javascript:alert(1)",
  () => "http://[::1",
];

/** Every place of a JSON value, as the keys that lead to it. */
export function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

/** The value with the one at `path` spoilt. */
export function spoil(value: unknown, path: readonly string[], spoiling: Spoiling): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return spoiling(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    name === key ? spoil(inner, rest, spoiling) : inner,
  ]);
  const left = entries.filter(([, inner]) => inner !== gone);
  return Array.isArray(value) ? left.map(([, inner]) => inner) : Object.fromEntries(left);
}

/** How the octets of an answer are spoilt, whatever they mean. */
const spoilOctets: Readonly<Record<string, (body: Buffer, at: number) => Buffer>> = {
  "is cut off": (body, at) => body.subarray(0, at),
  "holds octets that are no UTF-8": (body, at) =>
    Buffer.concat([body.subarray(0, at), Buffer.from([0xff, 0xc0, 0x80]), body.subarray(at)]),
  "has a byte order mark": (body) => Buffer.concat([Buffer.from("\ufeff"), body]),
  "is UTF-16": (body) => Buffer.from(body.toString(), "utf16le"),
  "has every key twice": (body) => Buffer.from(body.toString().replace(/"(\w+)":/g, '"$1":{"x":[]},"$1":')),
  "is a number": () => Buffer.from("12345"),
  "is NaN": (body) => Buffer.from(body.toString().replace(/:\d+/g, ":NaN")),
  "is followed by another": (body) => Buffer.concat([body, body]),
  "is empty": () => Buffer.alloc(0),
  "is blank": () => Buffer.alloc(5000, 0x20),
  "is NUL": () => Buffer.alloc(64),
  "is an array of itself": (body) => Buffer.from(`[${body.toString()}]`),
  "is nested 100,000 deep": (body) =>
    Buffer.from(`{"value":${"[".repeat(100_000)}${body.toString()}${"]".repeat(100_000)}}`),
};

/** One way to spoil a body: a place and what stands there, or its octets. */
export function spoilt(body: string): fc.Arbitrary<Buffer> {
  const value: unknown = JSON.parse(body);
  const places = placesOf(value);
  const bytes = Buffer.from(body);
  const atPlace = fc
    .record({ path: fc.constantFrom(...places), spoiling: fc.constantFrom(...spoilings) })
    .map(({ path, spoiling }) => {
      const result = spoil(value, path, spoiling);
      const text = result === gone ? "" : (JSON.stringify(result) ?? "");
      return Buffer.from(text.replaceAll(`"${deepMark}"`, deep));
    });
  const octets = fc
    .record({ change: fc.constantFrom(...Object.values(spoilOctets)), at: fc.nat({ max: bytes.length }) })
    .map(({ change, at }) => change(bytes, at));
  return fc.oneof({ weight: 6, arbitrary: atPlace }, { weight: 1, arbitrary: octets });
}
