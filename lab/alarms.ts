/** What must never happen in a migration. A demo or test passes only if the list of alarms is empty. */
export const alarmCodes = [
  "cutover-batch",
  "licence-before-migration",
  "mailbox-disabled",
  "mail-lost",
  "batch-removed-early",
  "converted-before-sync",
  "domain-force-deleted",
  "second-spf",
  "dns-answer-lost",
  "password-differs",
  "not-asked-for",
  "secret-exposed",
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
