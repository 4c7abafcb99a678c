import type { PendingOperation, Resource, Snapshot } from "./resource.js";

/**
 * What the state file holds while a run goes on (pkg/backend/snapshot.go): first what this run has made, then what it has not
 * come to yet, and the operations that are under way.
 */
export class SnapshotManager {
  readonly #made: Resource[] = [];
  readonly #done = new Set<Resource>();
  readonly #operations = new Set<PendingOperation>();
  #saved: Snapshot;

  constructor(
    private base: Snapshot,
    private readonly save: (snapshot: Snapshot) => void,
  ) {
    this.#saved = base;
  }

  /** Notes that something is about to be done to a resource. */
  begin(operation: PendingOperation): void {
    this.#operations.add(operation);
    this.write();
  }

  /** Notes how it ended: what is gone, and what is there now. */
  end(operation: PendingOperation | undefined, gone: Resource | undefined, made: Resource | undefined): void {
    if (operation !== undefined) this.#operations.delete(operation);
    if (gone !== undefined) this.#done.add(gone);
    if (made !== undefined) this.#made.push(made);
    this.write();
  }

  /** After a refresh: everything begins with what was found. */
  rebase(resources: readonly Resource[]): void {
    this.base = { resources, operations: this.base.operations };
    this.write();
  }

  write(): void {
    const open = this.base.operations.filter(({ type }) => type === "creating");
    this.#saved = {
      resources: [...this.#made, ...this.base.resources].filter((resource) => !this.#done.has(resource)),
      // A creation that was cut can only be cleared by a person.
      operations: [...this.#operations, ...open],
    };
    this.save(this.#saved);
  }

  get current(): Snapshot {
    return this.#saved;
  }
}
