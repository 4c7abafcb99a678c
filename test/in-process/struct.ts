import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { type Properties, wireAll } from "./values.js";

type Held = Record<string, JavaScriptValue>;
const isHeld = (value: unknown): value is Held => typeof value === "object" && value !== null;

/**
 * Properties in a message that goes over no wire. Protobuf makes a message of every part of them, and plain values of each again,
 * which took a tenth of a run; this holds what would come out of it.
 */
class HeldStruct extends Struct {
  constructor(readonly held: Held) {
    super();
  }

  override toJavaScript(): Held {
    return this.held;
  }
}

/** A message with these properties, which nobody else holds. */
export function structHolding(properties: Properties): Struct {
  if (!isHeld(properties)) throw new Error("Unexpected struct type.");
  return new HeldStruct(properties);
}

/** The properties of a message. */
export const propertiesOf = (struct: Struct): Properties =>
  struct instanceof HeldStruct ? struct.held : wireAll(struct.toJavaScript());

/** Has the SDK make such messages. They hold a copy, and throw for what a Struct cannot hold, as the SDK's own do. */
export function holdStructs(): void {
  Reflect.set(Struct, "fromJavaScript", (values: Properties) => structHolding(wireAll(values)));
}
