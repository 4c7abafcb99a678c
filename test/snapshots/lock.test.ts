import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { underLock } from "../../src/snapshots/lock.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailstage-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const times = { most: 300, abandoned: 50 };
const held = (owner: object) => writeFile(join(folder, "lines.lock"), JSON.stringify(owner));

test("a process that lives keeps its lock, however long it takes", async () => {
  const owner = { host: hostname(), pid: process.pid, token: "slow" };
  await held(owner);
  const work = jest.fn();
  await expect(underLock(join(folder, "lines"), work, times)).rejects.toThrow(
    `process ${process.pid} on ${hostname()} has held it for over 0.3 seconds`,
  );
  expect(work).not.toHaveBeenCalled();
  expect(JSON.parse(await readFile(join(folder, "lines.lock"), "utf8"))).toEqual(owner);
});

test.each([
  ["of another machine", { host: `not-${hostname()}`, pid: process.pid, token: "left" }],
  ["that says nothing", {}],
])("a lock %s is taken over when it has not changed for a while", async (_, owner) => {
  await held(owner);
  expect(await underLock(join(folder, "lines"), async () => "done", times)).toBe("done");
  await expect(readFile(join(folder, "lines.lock"))).rejects.toThrow("ENOENT");
});
