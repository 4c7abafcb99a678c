import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../base/package-root.js";

/**
 * What `pwsh` runs for one cmdlet, as `-EncodedCommand` takes it: base64 of UTF-16LE. The script holds no secret. It reads
 * `$input`, since pwsh drains redirected input itself when it runs an encoded command.
 * @throws the system's error where the package lacks the file
 */
export function encodedScript(): string {
  const script = readFileSync(join(packageRoot, "src/microsoft365/exchange/invoke-cmdlet.ps1"), "utf8");
  return Buffer.from(script, "utf16le").toString("base64");
}
