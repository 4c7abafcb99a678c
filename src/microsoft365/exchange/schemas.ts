import { z } from "zod";
import { serviceDate } from "../../base/dates.js";
import { ExchangeError } from "./port.js";

/** An object identity or enumeration: REST gives a string, a serialized PowerShell object has Name or Value (Microsoft's cmdlet reference, 2026-11). */
const nameOrValue = z
  .union([
    z.string(),
    z.looseObject({ Name: z.string() }).transform((object) => object.Name),
    z.looseObject({ Value: z.string() }).transform((object) => object.Value),
    z.looseObject({ value: z.string() }).transform((object) => object.value),
  ])
  .describe("text, or an object with Name or Value");

/** A name or enumeration value that must be there. */
export const text = nameOrValue.refine((value) => value.trim() !== "", "must not be empty");

/** Text that may be null, empty or absent. */
export const optionalText = nameOrValue
  .nullish()
  .transform((value) => (value === null || value === undefined || value === "" ? undefined : value));

/** An integer, as a number or as digits; absent is 0, as the service leaves out what it has not counted. */
export const count = z
  .union([z.number(), z.string().regex(/^\s*\d+\s*$/, "must be a number")])
  .nullish()
  .transform((value) => (value === null || value === undefined ? 0 : Number(value)));

/** A boolean, or the words True and False. */
export const optionalBoolean = z
  .union([
    z.boolean(),
    z
      .string()
      .regex(/^(true|false)$/i)
      .transform((value) => value.toLowerCase() === "true"),
  ])
  .nullish()
  .transform((value) => value ?? undefined);

/** ISO 8601 with up to seven decimals, UTC where it names no zone, or .NET's `/Date(ms)/` of Windows PowerShell. */
export const optionalDate = z
  .string()
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === "") return undefined;
    const date = serviceDate(value);
    if (date === undefined) {
      context.addIssue({ code: "custom", message: "must be a date" });
      return z.NEVER;
    }
    // .NET's DateTime.MinValue means "never"
    return date.getUTCFullYear() <= 1 ? undefined : date;
  });

/** Text items: an array, one item, or nothing. */
export const texts = z
  .union([z.array(nameOrValue), nameOrValue.transform((value) => (value === "" ? [] : [value]))])
  .nullish()
  .transform((value) => value ?? []);

/** Parses all rows of a cmdlet's answer. @throws ExchangeError kind `invalid` naming cmdlet, row and property */
export function parseRows<T>(cmdlet: string, rows: readonly unknown[], schema: z.ZodType<T>): T[] {
  return rows.map((row, index) => {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new ExchangeError("invalid", {
      subject: `answer of ${cmdlet}`,
      reason: `object ${index + 1} of ${rows.length} has an unexpected ${issue?.path.join(".") || "shape"}: ${issue?.message ?? "not understood"}`,
      hint: "Exchange answered in a form this version does not know; update mailstage or report it",
      operation: cmdlet,
    });
  });
}

/** Whether two Exchange names or GUIDs are the same: without regard to case. */
export function sameName(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && left.toLowerCase() === right.toLowerCase();
}
