/** What must never happen in a migration, each with where it is seen. A demo or test passes only if the list of alarms is empty. */
export const alarmCodes = [
  "cutover-batch", // lab/migration/service.ts
  "licence-before-migration", // lab/tenant.ts
  "mailbox-disabled", // lab/tenant.ts
  "mail-lost", // lab/mail-flow.ts
  "batch-removed-early", // lab/migration/service.ts
  "converted-before-sync", // lab/harms.ts in the directory, lab/migration/service.ts in a batch
  "domain-force-deleted", // lab/graph/domain-routes.ts
  "second-spf", // lab/harms.ts
  "dns-answer-lost", // lab/dns/lost-answers.ts
  "password-differs", // lab/harms.ts
  "not-asked-for", // lab/harms.ts
  "secret-exposed", // lab/harms.ts
] as const;

export type AlarmCode = (typeof alarmCodes)[number];

/** One alarm, with the lab's time it was raised at. */
export interface Alarm {
  readonly code: AlarmCode;
  readonly subject: string;
  readonly reason: string;
  /** ISO 8601, the lab's clock. */
  readonly at: string;
}

/** Collects alarms, each subject once per code. */
export class Alarms {
  readonly #alarms: Alarm[];
  readonly #seen: Set<string>;

  constructor(alarms: readonly Alarm[] = []) {
    this.#alarms = [...alarms];
    this.#seen = new Set(alarms.map((alarm) => `${alarm.code} ${alarm.subject}`));
  }

  raise(code: AlarmCode, subject: string, reason: string, now: number): void {
    const key = `${code} ${subject}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#alarms.push({ code, subject, reason, at: new Date(now).toISOString() });
  }

  get list(): readonly Alarm[] {
    return this.#alarms;
  }
}
