import { mailboxUser } from "../../lab/directory/index.js";
import {
  applyConversions,
  type ConversionPlan,
  connectDirectory,
  type Directory,
  isPlan,
  readUsers,
} from "../../src/on-premises/directory/index.js";
import { conversionTo } from "../directory/cloud-mailbox.js";
import { thorough } from "../engine/attempts.js";
import { adminDn, adminPassword, databaseDn, namingContext, staffDn } from "./directory-fixture.js";
import { addUsers } from "./directory-samba.js";

const wave = Array.from({ length: thorough ? 2000 : 300 }, (_, index) => `speed${index}@contoso.com`);
const loop = Array.from({ length: thorough ? 300 : 0 }, (_, index) => `loop${index}@contoso.com`);

async function plansOf(directory: Directory, addresses: readonly string[]): Promise<ConversionPlan[]> {
  const { users } = await readUsers(directory, addresses);
  return [...users].map(([address, user]) => conversionTo(address, user)).filter(isPlan);
}

/** Milliseconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The list in that many parts of one size. */
const partsOf = (list: readonly string[], count: number) =>
  Array.from({ length: count }, (_, part) =>
    list.slice((part * list.length) / count, ((part + 1) * list.length) / count),
  );

/** On a directory that is there already: what takes a while is to make one. */
export function conversionSpeed(host: string): void {
  let directory: Directory;
  beforeAll(async () => {
    await addUsers(
      host,
      [...wave, ...loop].map((address) => mailboxUser({ address, parentDn: staffDn, databaseDn })),
    );
    directory = await connectDirectory(
      { url: `ldaps://${host}:636`, bindDn: adminDn, baseDn: namingContext, pageSize: 500 },
      adminPassword,
    );
  }, 120_000);
  afterAll(() => directory?.close());

  const convert = async (part: readonly string[]) => {
    const { converted, failed } = await applyConversions(directory, await plansOf(directory, part));
    expect([converted.length, failed]).toEqual([part.length, []]);
  };

  if (!thorough) it("converts a wave at once", () => convert(wave), 120_000);
  else
    it("converts a wave faster than by one search and one modify each", async () => {
      // In turns, so that both meet the same machine, whatever else it does.
      const rounds = 5;
      const loops = partsOf(loop, rounds);
      const took = { ours: 0, oneByOne: 0 };
      for (const [round, part] of partsOf(wave, rounds).entries()) {
        took.ours += await timed(() => convert(part));
        took.oneByOne += await timed(async () => {
          for (const address of loops[round] ?? []) {
            const { failed } = await applyConversions(directory, await plansOf(directory, [address]), {
              concurrency: 1,
            });
            expect(failed).toEqual([]);
          }
        });
      }
      const ours = Math.round((wave.length / took.ours) * 1000);
      const oneByOne = Math.round((loop.length / took.oneByOne) * 1000);
      console.info(`converted ${ours} users/s; one search and one modify each: ${oneByOne} users/s`);
      expect(ours).toBeGreaterThan(oneByOne);
    }, 120_000);
}
