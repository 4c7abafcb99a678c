import { readFile, rename, writeFile } from "node:fs/promises";
import { MailstageError } from "../src/base/problem.js";
import { type StateFile, stateFileSchema } from "./state-file.js";

/** How soon after a change the state is written, in real milliseconds, and how many times its own length it waits. */
const debounceMs = 200;
const restFactor = 10;

/** One part of the state; its text is made anew only when `version` is another one. */
export interface StatePart {
  readonly version: unknown;
  value(): unknown;
}

/** The parts a state file is made of. */
export type StateParts = { readonly [Name in keyof StateFile]: StatePart };

/** Keeps a lab's state in one file: written soon after a change, whole or not at all, readable by its owner only. */
export class StateStore {
  readonly #texts = new Map<string, { version: unknown; text: string }>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #lastTook = 0;

  constructor(
    readonly path: string | undefined,
    readonly parts: () => StateParts,
  ) {}

  /** Plans a write. */
  changed(): void {
    if (this.path === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), Math.max(debounceMs, this.#lastTook * restFactor));
    this.#timer.unref();
  }

  /** Writes now, and waits for it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    if (this.path === undefined) return;
    const begin = performance.now();
    const members = Object.entries(this.parts()).map(
      ([name, part]) => `${JSON.stringify(name)}:${this.#text(name, part)}`,
    );
    const partial = `${this.path}.partial`;
    await writeFile(partial, `{${members.join(",\n")}}\n`, { mode: 0o600 });
    await rename(partial, this.path);
    this.#lastTook = performance.now() - begin;
  }

  #text(name: string, part: StatePart): string {
    const kept = this.#texts.get(name);
    if (kept !== undefined && kept.version === part.version) return kept.text;
    const text = JSON.stringify(part.value());
    this.#texts.set(name, { version: part.version, text });
    return text;
  }
}

/** What a state file holds; undefined when there is none. Throws MailstageError when it is not one of a lab. */
export async function readState(path: string): Promise<StateFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT")
      return undefined;
    throw error;
  }
  const parsed = stateFileSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new MailstageError({
    code: "lab-state-unreadable",
    subject: path,
    reason: `is not the state of a lab (${parsed.error.issues[0]?.path.join(".") || "not JSON"})`,
    hint: "Delete the file to begin with a new lab",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
