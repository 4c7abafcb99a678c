import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { powerShellPath } from "./gateway.js";

/**
 * What runs in place of PowerShell: reads the transport's JSON from standard input, sends it to the lab, which may be
 * given a credential here as PowerShell can, and prints the answer as the real script does, on one line.
 */
const source = `"use strict";
const { request } = require("node:https");
let text = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => { text += part; });
process.stdin.on("end", () => {
  let input;
  try { input = JSON.parse(text); } catch { return say({ ok: false, stage: "module", message: "this pwsh belongs to a mailstage lab and runs nothing else", id: "" }); }
  const { accessToken, ...body } = input;
  if (typeof body.connectionUri !== "string" || body.environment)
    return say({ ok: false, stage: "connect", message: "this pwsh belongs to a mailstage lab and connects to nothing else", id: "" });
  const sent = request(new URL("${powerShellPath}", body.connectionUri), {
    method: "POST",
    headers: { authorization: "Bearer " + accessToken, "content-type": "application/json" },
  }, (response) => {
    let answer = "";
    response.setEncoding("utf8");
    response.on("data", (part) => { answer += part; });
    response.on("end", () => {
      if (response.statusCode === 200 && answer.startsWith("{")) return process.stdout.write(answer + "\\n");
      // The front door turns the real module away while it connects.
      const door = [200, 307, 401, 403].includes(response.statusCode);
      say({ ok: false, stage: door ? "connect" : "cmdlet", message: "the service answered " + response.statusCode + " (" + (response.statusCode === 503 || response.statusCode === 504 ? "timeout" : "error") + ")", id: "" });
    });
    response.on("error", (error) => say({ ok: false, stage: "cmdlet", message: String(error.message), id: "" }));
  });
  sent.on("error", (error) => say({ ok: false, stage: sent.writableFinished ? "cmdlet" : "connect", message: String(error.message), id: "" }));
  sent.end(JSON.stringify(body));
});
function say(value) { process.stdout.write(JSON.stringify(value) + "\\n"); }
`;

/** Writes an executable \`pwsh\` into \`folder\`, which goes in front of PATH. */
export async function writePwsh(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const script = join(folder, "pwsh-stand-in.cjs");
  const launcher = join(folder, "pwsh");
  await writeFile(script, source);
  await writeFile(launcher, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(script)}\n`);
  await chmod(launcher, 0o755);
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
