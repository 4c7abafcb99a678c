import { DrivenStack, type Run, type State } from "./stack.js";

/** The stacks of one project as one: what is not a command goes to all of them. */
export abstract class SeveralStacks extends DrivenStack {
  /** The domain's. */
  protected abstract readonly first: DrivenStack;
  /** That one, and then those of the waves. */
  protected abstract readonly all: readonly DrivenStack[];

  get folder(): string {
    return this.first.folder;
  }
  get leaks(): readonly string[] {
    return this.all.flatMap(({ leaks }) => leaks);
  }

  async plan(plan: unknown): Promise<void> {
    for (const stack of this.all) await stack.plan(plan);
  }
  setEnvironment(change: Readonly<Record<string, string | undefined>>): void {
    for (const stack of this.all) stack.setEnvironment(change);
  }
  async loseState(): Promise<void> {
    for (const stack of this.all) await stack.loseState();
  }
  async shiftClock(days: number): Promise<void> {
    for (const stack of this.all) await stack.shiftClock(days);
  }
  async cancel(): Promise<void> {
    for (const stack of this.all) await stack.cancel();
  }
  async endOrphans(): Promise<void> {
    for (const stack of this.all) await stack.endOrphans();
  }
  async dispose(): Promise<void> {
    for (const stack of this.all) await stack.dispose();
  }
  override write(file: string, contents: string | Uint8Array): Promise<void> {
    return this.first.write(file, contents);
  }
  async stateText(): Promise<string> {
    return (await Promise.all(this.all.map((stack) => stack.stateText()))).join("\n");
  }
  override async exportState(): Promise<State> {
    const states = await Promise.all(this.all.map((stack) => stack.exportState()));
    return {
      resources: states.flatMap(({ resources }) => resources),
      pending_operations: states.flatMap(({ pending_operations }) => pending_operations),
    };
  }
}

/** Runs of one command as one, which ended as the first that did not go well, if any. */
export function joined(runs: readonly Run[]): Run {
  const texts = (of: (run: Run) => string) => runs.map(of).filter(Boolean).join("\n");
  const bad = runs.find(({ code }) => code !== 0);
  return {
    code: bad === undefined ? 0 : bad.code,
    stdout: texts(({ stdout }) => stdout),
    stderr: texts(({ stderr }) => stderr),
    milliseconds: runs.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    steps: runs.flatMap(({ steps }) => steps),
    changes: runs.flatMap(({ changes }) => changes),
    previewed: runs.flatMap(({ previewed }) => previewed),
    diagnostics: runs.flatMap(({ diagnostics }) => diagnostics),
    errors: texts(({ errors }) => errors),
  };
}
