import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quotedWord } from "../../src/base/platform.js";
import { powerShellPath } from "./gateway.js";

/**
 * What runs in place of PowerShell: reads the transport's JSON from standard input, sends it to the lab, which may be
 * given a credential here as PowerShell can, and speaks as the real script does: marked lines, one when the cmdlet begins and
 * one with the answer, among what modules say before and after. The real `Disconnect-ExchangeOnline` says goodbye last.
 */
const source = `"use strict";
const { request } = require("node:https");
let text = "";
let marker = "";
console.log("WARNING: this is a module's own text");
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => { text += part; });
process.stdin.on("end", () => {
  let input;
  try { input = JSON.parse(text); marker = input.marker; } catch { process.exit(1); }
  const { marker: _, connect, ...body } = input;
  if (typeof connect?.ConnectionUri !== "string" || connect.ExchangeEnvironmentName)
    return finish({ ok: false, stage: "connect", message: "this pwsh belongs to a mailstage lab and connects to nothing else", id: "" });
  const sent = request(new URL("${powerShellPath}", connect.ConnectionUri), {
    method: "POST",
    headers: { authorization: "Bearer " + connect.AccessToken, "content-type": "application/json" },
  }, (response) => {
    let answer = "";
    response.setEncoding("utf8");
    response.on("data", (part) => { answer += part; });
    response.on("end", () => {
      if (response.statusCode === 200 && answer.startsWith("{")) return finish(answer);
      // The front door turns the real module away while it connects.
      const door = [200, 307, 401, 403].includes(response.statusCode);
      finish({ ok: false, stage: door ? "connect" : "cmdlet", message: doorText(response.statusCode), id: "" });
    });
    response.on("error", (error) => finish({ ok: false, stage: "cmdlet", message: String(error.message), id: "" }));
  });
  sent.on("socket", (socket) => socket.once("secureConnect", () => say({ stage: "cmdlet" })));
  sent.on("error", (error) => finish({ ok: false, stage: sent.writableFinished ? "cmdlet" : "connect", message: String(error.message), id: "" }));
  sent.end(JSON.stringify({ organization: connect.Organization, ...body }));
});
function doorText(status) {
  if (status === 401 || status === 403) return "UnAuthorized (" + status + ")";
  return "the service answered " + status + " (" + (status === 503 || status === 504 ? "timeout" : "error") + ")";
}
function say(value) { process.stdout.write(marker + (typeof value === "string" ? value : JSON.stringify(value)) + "\\n"); }
function finish(value) { say(value); console.log("Disconnected successfully !"); }
`;

/** Writes an executable \`pwsh\` into \`folder\`, which goes in front of PATH. */
export async function writePwsh(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const script = join(folder, "pwsh-stand-in.cjs");
  const launcher = join(folder, "pwsh");
  await writeFile(script, source);
  await writeFile(launcher, `#!/bin/sh\nexec ${quotedWord(process.execPath)} ${quotedWord(script)}\n`);
  await chmod(launcher, 0o755);
}
