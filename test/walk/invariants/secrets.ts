import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../../../lab/index.js";
import { SecretScan } from "./secret-scan.js";
import { Violated } from "./violated.js";
import type { Witnessed } from "./witness.js";

const names = /SECRET|PASSWORD|TOKEN/;

/** 4: no secret stands in the state, in what is printed, or in a file that mailstage writes. */
export class Secrets {
  readonly #scan = new SecretScan();
  readonly #lab: Pick<Lab, "environment" | "reviewEnvironment">;

  constructor(lab: Pick<Lab, "environment" | "reviewEnvironment">) {
    this.#lab = lab;
  }

  /** Those of now: what was rotated is looked for as well. */
  #addSecrets(): void {
    for (const environment of [this.#lab.environment, this.#lab.reviewEnvironment])
      for (const [name, value] of Object.entries(environment))
        if (names.test(name)) this.#scan.add(name, value);
  }

  /** The passwords of a list, which the program is given in the file. */
  addList(file: string, contents: string | Uint8Array): void {
    const octets = Buffer.from(contents);
    const text = octets.toString(octets[0] === 0xff && octets[1] === 0xfe ? "utf16le" : "utf8");
    const [header = "", ...rows] = text.replace(/^\ufeff/, "").split(/\r?\n/);
    if (!header.split(",").some((name) => name.trim() === "Password")) return;
    // In whichever column: where the columns are out of step, an address stands in that of the passwords.
    for (const cell of rows.flatMap((row) => row.split(",")).map((one) => one.trim().replace(/^"|"$/g, "")))
      if (!cell.includes("@") && !/^(?:true|false)$/i.test(cell))
        this.#scan.add(`a password of ${file}`, cell);
  }

  hold({ command, run, stateText }: Pick<Witnessed, "command" | "run" | "stateText">): void {
    this.#addSecrets();
    const places = { "the state": stateText, "what it printed": run.stdout, "what it said": run.stderr };
    for (const [where, text] of Object.entries(places)) this.#look(`${where} after ${command}`, text);
  }

  /** What stands on the disk in the end: reports, snapshots, journals; but not the lists themselves. */
  async holdFiles(folder: string): Promise<void> {
    this.#addSecrets();
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(folder.length + 1);
      if (!entry.isFile() || name.startsWith("mailboxes/") || name.startsWith("state/")) continue;
      this.#look(name, await readFile(path));
    }
  }

  #look(where: string, text: string | Buffer): void {
    const found = this.#scan.find(text);
    if (found !== undefined) throw new Violated("4 no secret", `${found} stands in ${where}`);
  }
}
