import type { BatchRecord, Instant, MigrationUserRecord } from "../state.js";

/** What is to happen to a mailbox of a batch: it is made in the cloud, or its first copy ends. */
export interface MigrationEvent {
  readonly at: Instant;
  readonly batch: BatchRecord;
  readonly user: MigrationUserRecord;
  readonly kind: "provision" | "end";
}

/** What is still to happen in a tenant's migration service. */
export class MigrationEvents {
  /** The latest first, so that the next event is taken from the end. */
  #events: MigrationEvent[] = [];

  /** Adds what will happen to these mailboxes. */
  expect(batch: BatchRecord, users: readonly MigrationUserRecord[]): void {
    const events: MigrationEvent[] = [];
    for (const user of users) {
      if (user.provisionedAt !== undefined && user.provisioned !== true)
        events.push({ at: user.provisionedAt, batch, user, kind: "provision" });
      if (user.endsAt !== undefined && user.ended !== true)
        events.push({ at: user.endsAt, batch, user, kind: "end" });
    }
    // Of two events at one time the mailbox is made before it is complete.
    this.#events = [...this.#events, ...events].sort(
      (a, b) => b.at - a.at || Number(b.kind === "end") - Number(a.kind === "end"),
    );
  }

  /** Takes out what has come due by `now`, in its order; what is added meanwhile is part of it. */
  *due(now: Instant): Generator<MigrationEvent> {
    for (let next = this.#events.at(-1); next !== undefined && next.at <= now; next = this.#events.at(-1)) {
      this.#events.pop();
      if (isStillPlanned(next)) yield next;
    }
  }
}

/** A mailbox that was stopped or planned anew leaves its old events behind. */
function isStillPlanned({ user, kind, at }: MigrationEvent): boolean {
  return kind === "end"
    ? user.ended !== true && user.endsAt === at
    : user.provisioned !== true && user.provisionedAt === at;
}
