import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { request as overNetwork } from "node:https";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { serviceDoors } from "../../lab/doors.js";

type Spawn = (command: string, args: string[], options: SpawnOptions) => ChildProcess | PowerShell;
type Script = (require: (name: string) => object, process: object, console: object) => void;
interface Options {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

const isScript = (value: unknown): value is Script => typeof value === "function";
const scripts = new Map<string, Script>();

/** `spawn`, but for a lab's `pwsh`, whose script is done in this process: each took as long as two runs of the engine. */
export function directSpawn(isDirect: () => boolean): Spawn {
  return (command, args, options) => {
    const [folder = ""] = (options.env?.["PATH"] ?? "").split(delimiter);
    const file = join(folder, "pwsh-stand-in.cjs");
    return isDirect() && command === "pwsh" && existsSync(file)
      ? new PowerShell(readFileSync(file, "utf8"))
      : spawn(command, args, options);
  };
}

/** The script as a process, as far as `src/microsoft365/exchange/child.ts` looks. */
class PowerShell extends EventEmitter {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  #ended = false;

  constructor(source: string) {
    super();
    let asked = false;
    const ask = (url: URL, options: Options, answered: (response: EventEmitter) => void) => {
      asked = true;
      return requested(url, options, answered, () => this.#end(0));
    };
    const own = {
      stdin: this.stdin,
      stdout: { write: (text: string) => this.#say(text) },
      exit: (code: number) => this.#end(code),
    };
    scriptOf(source)(() => ({ request: ask }), own, { log: (text: string) => this.#say(`${text}\n`) });
    this.stdin.once("end", () => {
      if (!asked) this.#end(0);
    });
  }

  #say(text: string): void {
    if (!this.#ended) this.stdout.write(text);
  }

  kill(): void {
    this.#end(undefined);
  }

  #end(code: number | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.stdout.end();
    this.stderr.end();
    // What it has said is heard first.
    void setImmediate().then(() => this.emit("close", code ?? null));
  }
}

function scriptOf(source: string): Script {
  const kept = scripts.get(source);
  if (kept !== undefined) return kept;
  const made: unknown = new Function("require", "process", "console", source);
  if (!isScript(made)) throw new Error("the stand-in of pwsh is no script");
  scripts.set(source, made);
  return made;
}

/** `request` of node:https, as far as the script asks of it. @param done it has heard all that it will */
function requested(
  url: URL,
  options: Options,
  answered: (response: EventEmitter) => void,
  done: () => void,
): object {
  const door = serviceDoors.at(url.origin);
  if (door === undefined)
    return overNetwork(url, options, answered).once("close", () => void setImmediate().then(done));
  const sent = Object.assign(new EventEmitter(), { writableFinished: false, end });
  const lost = (message: string) => {
    sent.emit("error", new Error(message));
    done();
  };
  const respond = (status: number, part: Buffer | undefined, error?: Error) => {
    const response = Object.assign(new EventEmitter(), { statusCode: status, setEncoding: () => {} });
    answered(response);
    if (part !== undefined) response.emit("data", part.toString("utf8"));
    response.emit(error === undefined ? "end" : "error", error);
    done();
  };
  function end(body: string): void {
    const connected = new EventEmitter();
    sent.emit("socket", connected);
    connected.emit("secureConnect");
    let begun = false;
    door?.({
      clientRequestId: undefined,
      get answered() {
        return begun;
      },
      async request() {
        await setImmediate();
        sent.writableFinished = true;
        return {
          method: options.method,
          url: new URL(`${url.pathname}${url.search}`, "https://lab"),
          headers: { ...options.headers },
          body,
        };
      },
      answer({ status }, part) {
        begun = true;
        respond(status, part);
      },
      cut({ status }, part) {
        begun = true;
        respond(status, part, new Error("aborted"));
      },
      drop: () => lost("socket hang up"),
      reset: () => lost("read ECONNRESET"),
    });
  }
  return sent;
}
