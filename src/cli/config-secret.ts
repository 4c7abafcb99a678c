import { keepSecret } from "../base/secrets.js";
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
