import { type Manner, type UserMigration, userMigration } from "./migration.js";
import { autodiscover, domain, type WalkHost } from "./world.js";

const minutes = 60_000;

/** A TXT set of the domain with its TTL as it was. */
export const sender = (...values: unknown[]) => ({ ttl: 43_200, values });
/** The proof of ownership. */
export const proof: unknown = expect.stringMatching(/^MS=ms\d+$/);
/** Where mail goes when it goes to the tenant. */
export const tenantMx: unknown[] = [expect.stringMatching(/^0 .*\.mail\.protection\.outlook\.com$/)];
/** What stands at Autodiscover before. */
export const autodiscoverBefore = { ttl: 7200, values: ["192.0.2.11", "192.0.2.12"] };

/** What Autodiscover is once it has moved to the tenant. */
export async function expectAutodiscoverMoved(user: UserMigration): Promise<void> {
  expect(await user.recordSet(autodiscover, "CNAME")).toEqual({
    ttl: 3600,
    values: ["autodiscover.outlook.com"],
  });
  expect(await user.recordSet(autodiscover, "A")).toBeUndefined();
}

/** The steps of a walk at a host, in order. */
export interface Steps {
  /** A step; where one could not be taken, those after it say so and no more. */
  step(name: string, work: (user: UserMigration) => Promise<void>): void;
}

/** Opens a user's migration for the tests of a `describe`. */
export function stepsAt(host: WalkHost, manner: Manner): Steps {
  let user: UserMigration | undefined;
  beforeAll(async () => {
    user = await userMigration(host, manner);
  }, 2 * minutes);
  afterAll(() => user?.close(), minutes);

  let broken: string | undefined;
  return {
    step(name, work) {
      test(
        name,
        async () => {
          if (broken !== undefined) throw new Error(`could not be reached: ${broken}`);
          broken = name;
          if (user === undefined) throw new Error("the migration was not opened");
          await work(user);
          broken = undefined;
          expect(user.wrongs()).toEqual([]);
        },
        12 * minutes,
      );
    },
  };
}

/** The MX of the domain. */
export const mxOf = (user: UserMigration) => user.recordSet(domain, "MX");

/** The TXT set of the domain, in order. */
export async function txtOf(user: UserMigration) {
  const set = await user.recordSet(domain, "TXT");
  return { ttl: set?.ttl, values: set?.values.toSorted() };
}

/** Who has a mailbox on premises. */
export async function onPremises(user: UserMigration): Promise<string[]> {
  const { directory } = await user.lab.state();
  return directory
    .flatMap(({ attributes }) => ("homeMDB" in attributes ? (attributes["mail"] ?? []) : []))
    .toSorted();
}
