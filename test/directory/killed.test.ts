import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../lab/certificates.js";
import {
  type DirectoryRecord,
  type LabDirectory,
  mailboxDatabase,
  mailboxUser,
  startDirectoryServer,
} from "../../lab/directory/index.js";
import { readSnapshot } from "../../src/on-premises/directory/index.js";

const count = 500;
const database = mailboxDatabase("DC=contoso,DC=com");
const users = Array.from({ length: count }, (_, index) =>
  mailboxUser({
    address: `user${index}@contoso.com`,
    parentDn: "OU=Staff,DC=contoso,DC=com",
    databaseDn: database.dn,
  }),
);

function state(entry: DirectoryRecord | undefined, before: DirectoryRecord): "before" | "after" | "between" {
  const signs = [
    entry?.attributes["homeMDB"] === undefined,
    entry?.attributes["msExchHomeServerName"] === undefined,
    entry?.attributes["targetAddress"] !== undefined,
    entry?.attributes["proxyAddresses"]?.length === (before.attributes["proxyAddresses"]?.length ?? 0) + 2,
    entry?.attributes["msExchRecipientTypeDetails"]?.[0] === "128",
  ];
  return signs.every(Boolean) ? "after" : signs.some(Boolean) ? "between" : "before";
}

describe("a conversion of 500 users killed in the middle", () => {
  let lab: LabDirectory;
  let folder: string;
  let run: () => ChildProcess;
  const file = () => join(folder, "wave1.jsonl");
  const states = () => users.map((user) => state(lab.entry(user.dn), user));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-killed-"));
    const authority = await createAuthority();
    const authorityFile = join(folder, "ca.pem");
    await writeFile(authorityFile, authority.caPem);
    lab = await startDirectoryServer({
      entries: [database, ...users],
      tls: await authority.issue({ names: ["dc1.contoso.com"], ips: ["127.0.0.1"] }),
      accounts: [{ dn: "CN=Admin,DC=contoso,DC=com", password: "secret-of-the-admin", rights: "admin" }],
    });
    run = () =>
      spawn(
        process.execPath,
        [
          "-r",
          join(__dirname, "typescript.cjs"),
          join(__dirname, "convert-process.ts"),
          `ldaps://127.0.0.1:${lab.ldapsPort}`,
          String(count),
          file(),
        ],
        { env: { ...process.env, NODE_EXTRA_CA_CERTS: authorityFile }, stdio: "inherit" },
      );
  });
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true });
  });

  it("leaves every user whole, a complete snapshot, and the next run finishes the rest", async () => {
    const first = run();
    const ended = once(first, "exit");
    while (lab.requests.modify < 150 && first.exitCode === null)
      await new Promise((resolve) => setImmediate(resolve));
    first.kill("SIGKILL");
    expect(await ended).toEqual([null, "SIGKILL"]);

    const interrupted = states();
    expect(interrupted).not.toContain("between");
    expect(interrupted).toContain("after");
    expect(interrupted).toContain("before");
    const snapshot = await readSnapshot(file());
    expect(snapshot).toHaveLength(count);

    const [code] = await once(run(), "exit");
    expect(code).toBe(0);
    expect(new Set(states())).toEqual(new Set(["after"]));
    expect(await readSnapshot(file())).toEqual(snapshot);
    expect(snapshot.every(({ attributes }) => attributes["homeMDB"]?.[0] === database.dn)).toBe(true);
  });
});
