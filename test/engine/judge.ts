import type { Alarm, AlarmCode, Lab } from "../../lab/index.js";

/** An alarm a test brings about on purpose. */
export interface NamedAlarm {
  readonly code: AlarmCode;
  readonly subject: string;
}

/** What is watched over one lab of a test. */
export interface Judged {
  /** Names alarms that the test brings about on purpose: they must be there, and no others, from now on. */
  expectAlarms(alarms: readonly NamedAlarm[]): void;
  /** Fails when the lab has an alarm that was not named, or lacks one that was. */
  verdict(): Promise<void>;
  /** The lab closes: it is looked at no more. */
  dismiss(): void;
}

const judged = new Set<Judged>();

// Of whoever imports the harness: no test ends with a harm that it did not name.
afterEach(async () => {
  for (const one of judged) await one.verdict();
});

/**
 * Watches over a lab after every test of the file.
 * @param lab the lab as it runs now, which a scene replaces
 */
export function judge(lab: () => Lab): Judged {
  const named: NamedAlarm[] = [];
  const own: Judged = {
    expectAlarms: (alarms) => void named.push(...alarms),
    async verdict() {
      const { alarms } = await lab().state();
      const wanted = new Set(named.map(key));
      const unnamed = alarms.filter((alarm) => !wanted.has(key(alarm))).map(describe);
      const missing = named.filter((alarm) => !alarms.some((raised) => key(raised) === key(alarm)));
      expect({ unnamed, missing }).toEqual({ unnamed: [], missing: [] });
    },
    dismiss: () => void judged.delete(own),
  };
  judged.add(own);
  return own;
}

const key = ({ code, subject }: NamedAlarm) => `${code} ${subject}`;
const describe = ({ code, subject, reason, at }: Alarm) => `${at} ${code}: ${subject} ${reason}`;
