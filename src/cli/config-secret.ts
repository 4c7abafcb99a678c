import { keepSecret } from "../base/redaction.js";
import { configKey, type Secret, secretOf } from "../plan/secrets.js";
import { captureEngine } from "./capture.js";

/**
 * A secret of a stack's configuration; undefined where it has none, or where it cannot be decrypted here.
 * @param key with its namespace, such as `mailstage:sourcePassword`
 */
export async function configSecret(folder: string, stack: string, key: string): Promise<string | undefined> {
  const { code, stdout } = await captureEngine({
    args: ["config", "get", key, "--stack", stack, "--non-interactive"],
    folder,
    environment: process.env,
  });
  if (code !== 0) return undefined;
  const value = stdout.replace(/\r?\n$/, "");
  keepSecret(value);
  return value;
}

/**
 * A secret as the program finds it: in the environment, else in the stack's configuration. It is kept out of messages from here on;
 * undefined where neither has it.
 */
export async function givenSecret(
  folder: string,
  stack: string,
  secret: Secret,
): Promise<string | undefined> {
  const value = secretOf(secret) ?? secretOf(secret, await configSecret(folder, stack, configKey(secret)));
  keepSecret(value);
  return value;
}
