import type { Lab, LabState, RequestCounts } from "../../../lab/index.js";
import { DrivenStack, type Run, type Running, type State } from "../../engine/stack.js";

/** One command of the engine, and the world on both sides of it. */
export interface Witnessed {
  /** As it was typed: `up --yes`. */
  readonly command: string;
  readonly before: LabState;
  readonly after: LabState;
  readonly run: Run;
  /** What the lab had been asked by then. */
  readonly asked: { readonly before: RequestCounts; readonly after: RequestCounts };
  /** Whether faults were set, or something else ran meanwhile: then what happened is not this command's alone. */
  readonly disturbed: boolean;
  /** Whether the service was known to take its time over what this command may write: what is not seen yet is written again. */
  readonly lagged: boolean;
  /** The state it left. */
  readonly state: State;
  readonly stateText: string;
}

/** Whether a run has made the state what the world is, and not only shown the difference. */
export const hasRefreshed = ({ command }: Pick<Witnessed, "command">) =>
  /^refresh (?!.*--preview-only)|^up .*--refresh/.test(command);

/** Sees what each command of the engine does to the world, for the invariants to judge. */
export class Witness {
  #seen: Witnessed[] = [];
  #underWay = 0;
  #begun = 0;

  /** A stack whose commands are seen. */
  watch(
    stack: DrivenStack,
    lab: Lab,
    written: Written = () => {},
    ran: (run: Run) => void = () => {},
  ): DrivenStack {
    const see: See = async (command, work, begun) => {
      const run = await this.#see(command, stack, lab, work, begun);
      ran(run);
      return run;
    };
    return new SeenStack(stack, see, written);
  }

  /** What was seen since the last time. */
  take(): Witnessed[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  async #see(command: string, stack: DrivenStack, lab: Lab, work: Work, begun?: "begun"): Promise<Run> {
    this.#underWay += 1;
    this.#begun += 1;
    const [mine, alone] = [this.#begun, this.#underWay === 1];
    const before = await lab.state();
    const asked = lab.requests();
    const faulty = lab.faults.list().length > 0;
    try {
      const run = await work();
      const stateText = await stack.stateText();
      this.#seen.push({
        command,
        before,
        after: await lab.state(),
        run,
        asked: { before: asked, after: lab.requests() },
        lagged: lab.faults.behaviour.usageLocationLagSeconds > 0,
        disturbed: begun !== undefined || faulty || !alone || this.#begun !== mine,
        state: await stack.exportState(),
        stateText,
      });
      return run;
    } finally {
      this.#underWay -= 1;
    }
  }
}

/** Is told of the files that are written. */
type Written = (file: string, contents: string | Uint8Array) => void;
type Work = () => Promise<Run>;
type See = (command: string, work: Work, begun?: "begun") => Promise<Run>;

/** A stack of which every command goes past a witness. */
class SeenStack extends DrivenStack {
  constructor(
    readonly own: DrivenStack,
    readonly see: See,
    readonly written: Written,
  ) {
    super();
  }

  get folder(): string {
    return this.own.folder;
  }
  get leaks(): readonly string[] {
    return this.own.leaks;
  }
  plan(plan: unknown): Promise<void> {
    return this.own.plan(plan);
  }
  setEnvironment(change: Readonly<Record<string, string | undefined>>): void {
    this.own.setEnvironment(change);
  }
  loseState(): Promise<void> {
    return this.own.loseState();
  }
  shiftClock(days: number): Promise<void> {
    return this.own.shiftClock(days);
  }
  run(...args: string[]): Promise<Run> {
    return this.see(args.join(" "), () => this.own.run(...args));
  }
  /** It has begun when the world before it is looked at: what it did cannot be told from that. */
  start(...args: string[]): Running {
    const running = this.own.start(...args);
    const ended = this.see(args.join(" "), () => running.ended, "begun");
    return { ended, kill: (signal) => running.kill(signal) };
  }
  cancel(): Promise<void> {
    return this.own.cancel();
  }
  stateText(): Promise<string> {
    return this.own.stateText();
  }
  endOrphans(): Promise<void> {
    return this.own.endOrphans();
  }
  dispose(): Promise<void> {
    return this.own.dispose();
  }
  override exportState(): Promise<State> {
    return this.own.exportState();
  }
  override write(file: string, contents: string | Uint8Array): Promise<void> {
    this.written(file, contents);
    return this.own.write(file, contents);
  }
}
