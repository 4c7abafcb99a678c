import { z } from "zod";
import { CmdletError } from "./cmdlet-error.js";

/** What PowerShell binds a parameter to. */
export type ParameterKind =
  | "string"
  | "strings"
  | "switch"
  | "bool"
  | "int"
  | "unlimited"
  | "bytes"
  | "datetime"
  | "timespan"
  | "credential";

/** A PSCredential. */
export interface LabCredential {
  readonly userName: string;
  readonly password: string;
}

type Bound = string | readonly string[] | boolean | number | Uint8Array | Date | LabCredential;

/** Parameters that every cmdlet takes. */
const common: Readonly<Record<string, ParameterKind>> = {
  Confirm: "switch",
  ErrorAction: "string",
  Verbose: "switch",
  WarningAction: "string",
  WhatIf: "switch",
};

/** The parameters of one call, bound to their kinds. */
export class Arguments {
  readonly #bound = new Map<string, Bound>();

  /**
   * Binds as the service does: names without regard to case, unknown ones and wrong types refused with CmdletError.
   * `takesCredential` tells a PSCredential from an object REST cannot bind to one (ExchangeOnlineManagement module, 2026-11).
   */
  constructor(
    input: Readonly<Record<string, unknown>>,
    declared: Readonly<Record<string, ParameterKind>>,
    takesCredential: CredentialReader,
  ) {
    const byLowerName = new Map(
      Object.entries({ ...common, ...declared }).map(([name, kind]) => [name.toLowerCase(), { name, kind }]),
    );
    for (const [given, value] of Object.entries(input)) {
      if (given.includes("@odata.type")) continue;
      const parameter = byLowerName.get(given.toLowerCase());
      if (parameter === undefined)
        throw new CmdletError(
          "Parameter",
          `A parameter cannot be found that matches parameter name '${given}'.`,
        );
      if (value === null)
        throw new CmdletError(
          "Parameter",
          `Cannot bind argument to parameter '${parameter.name}' because it is null.`,
        );
      this.#bound.set(parameter.name, bind(parameter.name, parameter.kind, value, takesCredential));
    }
  }

  has(...names: string[]): boolean {
    return names.some((name) => this.#bound.has(name));
  }

  /** Throws CmdletError unless all are given. */
  require(...names: string[]): void {
    const missing = names.filter((name) => !this.#bound.has(name));
    if (missing.length > 0)
      throw new CmdletError(
        "Parameter",
        `Cannot process command because of one or more missing mandatory parameters: ${missing.join(" ")}.`,
      );
  }

  text(name: string): string | undefined {
    const value = this.#bound.get(name);
    return typeof value === "string" ? value : undefined;
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#bound.get(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
  }

  flag(name: string): boolean {
    return this.#bound.get(name) === true;
  }

  /** A boolean, or undefined when it was not given. */
  boolean(name: string): boolean | undefined {
    const value = this.#bound.get(name);
    return typeof value === "boolean" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#bound.get(name);
    return typeof value === "number" ? value : undefined;
  }

  bytes(name: string): Uint8Array | undefined {
    const value = this.#bound.get(name);
    return value instanceof Uint8Array ? value : undefined;
  }

  /** Milliseconds since 1970. */
  instant(name: string): number | undefined {
    const value = this.#bound.get(name);
    return value instanceof Date ? value.getTime() : undefined;
  }

  credential(name: string): LabCredential | undefined {
    const value = this.#bound.get(name);
    return typeof value === "object" && "userName" in value ? value : undefined;
  }
}

function refuse(name: string, value: unknown, type: string): never {
  if (typeof value === "object")
    throw new CmdletError(
      "Cast",
      `Unable to cast object of type 'Newtonsoft.Json.Linq.${Array.isArray(value) ? "JArray" : "JObject"}' to type '${type}'.`,
    );
  throw new CmdletError(
    "Parameter",
    `Cannot process argument transformation on parameter '${name}'. Cannot convert value "${String(value)}" to type "${type}".`,
  );
}

function bind(name: string, kind: ParameterKind, value: unknown, takesCredential: CredentialReader): Bound {
  switch (kind) {
    case "string":
      return typeof value === "string" || typeof value === "number"
        ? String(value)
        : refuse(name, value, "System.String");
    case "strings": {
      const list: unknown[] = Array.isArray(value) ? value : [value];
      return list.map((item) => (typeof item === "string" ? item : refuse(name, item, "System.String")));
    }
    case "switch":
    case "bool":
      return typeof value === "boolean"
        ? value
        : refuse(
            name,
            value,
            kind === "bool" ? "System.Boolean" : "System.Management.Automation.SwitchParameter",
          );
    case "int":
      return integer(value) ?? refuse(name, value, "System.Int32");
    case "unlimited":
      if (typeof value === "string" && /^unlimited$/i.test(value)) return Number.POSITIVE_INFINITY;
      return integer(value) ?? refuse(name, value, "Microsoft.Exchange.Data.Unlimited`1[System.UInt32]");
    case "bytes":
      return bytesOf(value) ?? refuse(name, value, "System.Byte[]");
    case "datetime": {
      const date = typeof value === "string" ? new Date(value) : undefined;
      return date === undefined || Number.isNaN(date.getTime())
        ? refuse(name, value, "System.DateTime")
        : date;
    }
    case "timespan":
      return typeof value === "string" && /^-?(\d+\.)?\d{1,2}:\d{2}(:\d{2}(\.\d{1,7})?)?$/.test(value)
        ? value
        : refuse(name, value, "System.TimeSpan");
    case "credential":
      return takesCredential(value) ?? refuse(name, value, "System.String");
  }
}

function integer(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : undefined;
}

/** Form A, the tagged object the module sends, or form B, base64 (ExchangeOnlineManagement module, 2026-11). */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value === "string")
    return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
      ? Buffer.from(value, "base64")
      : undefined;
  if (typeof value !== "object" || value === null || !("@odata.type" in value) || !("Data" in value))
    return undefined;
  if (value["@odata.type"] !== "#Exchange.ByteArrayType" || !Array.isArray(value.Data)) return undefined;
  const data: unknown[] = value.Data;
  const numbers = data.filter(
    (item) => typeof item === "number" && Number.isInteger(item) && item >= 0 && item < 256,
  );
  return numbers.length === data.length ? Uint8Array.from(data, Number) : undefined;
}

/** Reads a PSCredential from what a transport sent, or undefined when it cannot be bound. */
export type CredentialReader = (value: unknown) => LabCredential | undefined;

const taggedCredential = z.strictObject({
  "@odata.type": z.literal("#Exchange.GenericHashTable"),
  UserName: z.string(),
  Password: z.string(),
});

/** What REST can bind: nothing, unless the lab was told otherwise. */
export function restCredentials(accepted: boolean): CredentialReader {
  return (value) => {
    const parsed = taggedCredential.safeParse(value);
    return accepted && parsed.success
      ? { userName: parsed.data.UserName, password: parsed.data.Password }
      : undefined;
  };
}
