import type { Lab } from "../../lab/index.js";
import { azurite, azuriteMissing, startAzurite } from "../engine/azurite.js";
import type { Outcome } from "./project.js";
import { domainStack, type SplitMigration, type SplitWave, startSplit } from "./split-plan.js";

/** `npm run test:abuse`: eight stacks of 2,000 mailboxes, twenty minutes of two cores; else two small ones. */
const thorough = process.env["MAILSTAGE_ABUSE"] === "1";
const stacks = thorough ? 8 : 2;
const mailboxesEach = Number(process.env["MAILSTAGE_SCALE_MAILBOXES"] ?? (thorough ? 2000 : 30));
/** Ten times what Graph takes in ten seconds from one application (Microsoft Graph v1.0 reference, 2026-11): 3,000 writes in 2.5 minutes. */
const limits = { exchangeAtOnce: 6, graphWrites: mailboxesEach };
const latencyMs = 80;
const minutes = 60_000;

const waves: SplitWave[] = Array.from({ length: stacks }, (_, index) => ({
  name: `wave${index}`,
  stack: `waves-${index}`,
  locals: Array.from({ length: mailboxesEach }, (_none, row) => `user${index}x${row}`),
}));

/** Printed at once: the run is long, and jest keeps what goes to the console until its end. */
const note = (figure: object) => process.stderr.write(`${JSON.stringify(figure)}\n`);

/** Everything of the tenant, the directory and the zone that a migration changes. */
async function standing({ lab }: SplitMigration) {
  const state = await lab.state();
  return {
    batches: state.batches.map(({ name, status, syncedCount }) => `${name} ${status} ${syncedCount}`).sort(),
    licenses: state.mailboxes
      .map(({ emailAddress, licenses }) => `${emailAddress} ${licenses.join()}`)
      .sort(),
    onPremises: state.directory
      .map(({ dn, attributes }) =>
        [
          dn,
          attributes["homeMDB"]?.length ?? 0,
          attributes["targetAddress"],
          attributes["proxyAddresses"]?.length,
        ].join(),
      )
      .sort(),
    zone: state.zone,
    alarms: state.alarms,
  };
}

/** Moves the clock on until every mailbox is copied: batches that are idle for 60 days would be stopped. */
async function allCopied(lab: Lab): Promise<void> {
  for (let days = 0; days < 120; days += 2) {
    await lab.advance(2 * 86_400);
    const { batches } = await lab.state();
    if (batches.every(({ status }) => status === "Synced")) return;
  }
  throw new Error("mailboxes are not copied after 120 days");
}

/** One line of what is measured. */
interface Figure {
  readonly step: string;
  readonly seconds: number;
  readonly slowest: number;
  readonly peakMb: number;
  readonly engineMb: number;
  readonly requests: number;
  readonly refused: number;
}

describe(`${stacks} wave stacks at once against one tenant and one ${azurite === undefined ? `state (${azuriteMissing})` : "state container"}`, () => {
  /** Runs commands side by side, and notes what they took together. */
  const measured = async (split: SplitMigration, step: string, names: readonly string[]) => {
    split.lab.clearRequests();
    const refusedBefore = split.lab.faults.limits.refused;
    const begun = performance.now();
    // The updates alone: what docs/scale.md gives, and the first one enters several stages at once.
    const outcomes: Outcome[] = await Promise.all(
      names.map((name) => split.project.up(name, { skipPreview: true })),
    );
    const most = (of: (outcome: Outcome) => number) => Math.max(...outcomes.map(of));
    const figure: Figure = {
      step,
      seconds: Math.round((performance.now() - begun) / 100) / 10,
      slowest: Math.round(most(({ milliseconds }) => milliseconds) / 100) / 10,
      peakMb: most(({ peak }) => peak.all),
      engineMb: most(({ peak }) => peak.engine),
      requests: split.lab.requests().total,
      refused: split.lab.faults.limits.refused - refusedBefore,
    };
    note(figure);
  };

  /** From the endpoint to converted users, batches deleted; what stood before they were deleted, and after. */
  const walk = async (split: SplitMigration, label: string, names: readonly string[]) => {
    const { lab } = split;
    // The limits are on real time, of which the engine inside this process takes none.
    if (thorough || names.length > 0) lab.faults.behave(limits);
    const domain = names.length > 0 ? [domainStack] : [];
    const migrating = names.length > 0 ? names : [domainStack];
    if (domain.length > 0) await measured(split, `${label}: domain, migrate`, domain);
    await measured(split, `${label}: batches`, migrating);
    await allCopied(lab);
    await measured(split, `${label}: licences, conversion`, migrating);
    const bytes = await split.project.stateBytes(migrating[0] ?? "");
    note({ label, stateBytesOfOneStack: bytes });
    await lab.advance(25 * 3600);
    // How it goes on is what split.test.ts and the user's way show.
    if (!thorough) return { converted: await standing(split), retired: undefined };
    await measured(split, `${label}: no-op`, migrating);
    await split.plan({ stage: "route" });
    await measured(split, `${label}: domain, route`, [domainStack]);
    if (names.length > 0) await measured(split, `${label}: waves, route`, names);
    const converted = await standing(split);
    await lab.advance(73 * 3600);
    await split.plan({ stage: "retire" });
    await measured(split, `${label}: domain, retire`, [domainStack]);
    if (names.length > 0) await measured(split, `${label}: waves, retire`, names);
    await lab.advance(120);
    return { converted, retired: await standing(split) };
  };

  test(
    "end where one stack ends, within the limits of the tenant",
    async () => {
      const storage = azurite === undefined ? undefined : await startAzurite(azurite);
      const names = waves.map(({ stack }) => stack);
      const split = await startSplit(waves, {
        ...(storage === undefined ? {} : { backend: storage.environment }),
        watchMemory: true,
        latencyMs,
        engine: "real",
      });
      const side = await walk(split, "eight stacks", names)
        .finally(split.close)
        .finally(() => storage?.stop());
      const { busiest, refused } = split.lab.faults.limits;
      // What it ends in is asked of it; what it takes only where that is measured.
      const one = await startSplit(
        waves,
        thorough ? { joined: true, watchMemory: true, latencyMs, engine: "real" } : { joined: true },
      );
      const alone = await walk(one, "one stack", []).finally(one.close);
      note({ busiest, refused });

      expect(side.converted).toEqual(alone.converted);
      expect(side.retired).toEqual(alone.retired);
      expect((side.retired ?? side.converted).alarms).toEqual([]);
      expect(side.retired?.batches ?? []).toEqual([]);
      expect(side.converted.batches).toHaveLength(stacks);
      expect(busiest).toBeLessThanOrEqual(limits.exchangeAtOnce);
      expect(refused).toBeGreaterThan(0);
    },
    60 * minutes,
  );
});
