import type { Properties } from "./values.js";

/** What a provider says of a difference. */
export interface Diff {
  readonly changes: boolean;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** Why a provider does not take inputs. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** A provider as the engine asks it; secrets in what goes in are marked in what comes out. */
export interface Provider {
  check(
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }>;
  diff(
    urn: string,
    id: string,
    olds: { readonly inputs: Properties; readonly outputs: Properties },
    news: Properties,
  ): Promise<Diff>;
  /** @throws InitError when it was made and is not ready */
  create(urn: string, inputs: Properties, preview: boolean): Promise<{ id: string; outputs: Properties }>;
  /** @throws InitError when it was changed and is not ready */
  update(
    urn: string,
    id: string,
    oldOutputs: Properties,
    news: Properties,
    preview: boolean,
  ): Promise<Properties>;
  /** An empty id: there is no such resource. */
  read(
    urn: string,
    id: string,
    inputs: Properties | undefined,
    state: Properties,
  ): Promise<{ id: string; inputs?: Properties; outputs: Properties }>;
  delete(urn: string, id: string, outputs: Properties): Promise<void>;
  /** Ctrl-C, or the end of the engine. */
  cancel(): void;
  /** Nothing is asked of it any more. */
  end(): void;
}

/** The work was done, and the resource is not ready: it is saved with these reasons. */
export class InitError extends Error {
  constructor(
    readonly id: string,
    readonly properties: Properties,
    readonly reasons: readonly string[],
  ) {
    // As Go's multierror puts it.
    const list = reasons.map((reason) => `\t* ${reason.replaceAll("\n", "\n  ")}`).join("\n");
    super(`${reasons.length} error${reasons.length === 1 ? "" : "s"} occurred:\n${list}\n\n`);
  }
}
