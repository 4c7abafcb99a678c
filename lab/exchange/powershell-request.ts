import { z } from "zod";
import type { CredentialReader, LabCredential } from "./arguments.js";

/** What mailstage's PowerShell transport writes to the standard input of `pwsh`, without the marker and the connection. */
export const powerShellRequest = z.strictObject({
  organization: z.string(),
  cmdlet: z.string(),
  parameters: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({ name: z.string(), type: z.literal("bytes"), value: z.string() }),
      z.strictObject({
        name: z.string(),
        type: z.literal("credential"),
        userName: z.string(),
        password: z.string(),
      }),
      z.strictObject({ name: z.string(), type: z.literal("date"), value: z.string() }),
      z.strictObject({ name: z.string(), type: z.literal("switch") }),
      z.strictObject({ name: z.string(), type: z.literal("strings"), value: z.array(z.string()) }),
      z.strictObject({ name: z.string(), type: z.literal("text"), value: z.string() }),
      z.strictObject({ name: z.string(), type: z.literal("number"), value: z.number() }),
      z.strictObject({ name: z.string(), type: z.literal("boolean"), value: z.boolean() }),
    ]),
  ),
});

/** The parameters as PowerShell would bind them, and the reader that knows their credentials. */
export function powerShellArguments({ parameters }: z.output<typeof powerShellRequest>): {
  readonly values: Record<string, unknown>;
  readonly credentials: CredentialReader;
} {
  const credentials = new Map<unknown, LabCredential>();
  const values: Record<string, unknown> = {};
  for (const parameter of parameters) {
    if (parameter.type === "switch") values[parameter.name] = true;
    else if (parameter.type === "credential") {
      const { userName, password } = parameter;
      values[parameter.name] = parameter;
      credentials.set(parameter, { userName, password });
    } else values[parameter.name] = parameter.value;
  }
  return { values, credentials: (value) => credentials.get(value) };
}
