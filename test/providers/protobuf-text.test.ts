import fc from "fast-check";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { passTextWhole } from "../../providers/protobuf-text.js";

const text = fc
  .string({
    unit: fc.oneof(fc.constantFrom("a", "\n", "é", "…", "🔑", "\0", "\ufeff"), fc.string({ unit: "binary" })),
    maxLength: 600,
  })
  .filter((sample) => sample.isWellFormed());
const properties = fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 2 })), { maxKeys: 3 });
const halfAPair = { text: `${"a".repeat(300)}\ud83d` };

const written = (value: Record<string, fc.JsonValue>) =>
  Buffer.from(Struct.fromJavaScript(value).serializeBinary());

test("messages are the same where a text passes whole, and are read the same", () => {
  const samples = fc.sample(properties, 300);
  const before = [...samples, halfAPair].map(written);
  passTextWhole();
  expect([...samples, halfAPair].map(written)).toEqual(before);
  for (const [index, value] of samples.entries())
    expect(Struct.deserializeBinary(before[index] ?? Buffer.alloc(0)).toJavaScript()).toEqual(value);
});

test("once for all: another instance of ours finds it done", () => {
  passTextWhole();
  const [{ readString }, { writeString }] = [BinaryReader.prototype, BinaryWriter.prototype];
  passTextWhole();
  expect(BinaryReader.prototype.readString).toBe(readString);
  expect(BinaryWriter.prototype.writeString).toBe(writeString);
});

test.each([null, {}, { BinaryReader: class {}, BinaryWriter: class {} }])(
  "a library of another make stays as it is: %j",
  (library) => {
    expect(() => passTextWhole(library)).not.toThrow();
  },
);
