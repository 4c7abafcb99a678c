import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mailboxUser } from "../../lab/directory/index.js";
import { convertedAttributes, valuesOf } from "../../src/on-premises/directory/attributes.js";
import { readSnapshot, takeSnapshot } from "../../src/on-premises/directory/index.js";
import { toUser } from "../../src/on-premises/directory/users.js";

const databaseDn = "CN=DB,CN=SG,CN=IS,CN=EX01,DC=contoso,DC=com";
const user = (address: string, attributes = {}) =>
  toUser(mailboxUser({ address, parentDn: "OU=Staff,DC=contoso,DC=com", databaseDn, attributes }));

describe("the snapshot taken before a conversion", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-snapshot-"));
    file = join(folder, "new", "wave1.jsonl");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("holds every attribute the conversion may change, octets as base64, the absent ones as empty", async () => {
    const before = user("a@contoso.com");
    await takeSnapshot(file, [before]);
    const [line] = await readSnapshot(file);
    expect(line?.attributes).toEqual(
      Object.fromEntries(convertedAttributes.map((name) => [name, valuesOf(before.attributes, name)])),
    );
    expect(line?.attributes["targetAddress"]).toEqual([]);
    expect(line?.attributes["msExchMailboxGuid"]).toEqual([{ base64: expect.any(String) }]);
  });

  it("keeps a user's first state when it is taken again, and adds only the others", async () => {
    await takeSnapshot(file, [user("a@contoso.com")]);
    const later = user("a@contoso.com", { homeMDB: [] });
    expect(await takeSnapshot(file, [later, user("b@contoso.com"), user("b@contoso.com")])).toEqual({
      added: 1,
      kept: 2,
    });
    const lines = await readSnapshot(file);
    expect(lines.map(({ address }) => address)).toEqual(["a@contoso.com", "b@contoso.com"]);
    expect(lines[0]?.attributes["homeMDB"]).toEqual([databaseDn]);
  });

  it("has another line for a user who was restored and changed since", async () => {
    await takeSnapshot(file, [user("a@contoso.com")]);
    expect(await takeSnapshot(file, [user("a@contoso.com")])).toEqual({ added: 0, kept: 1 });
    const changed = user("a@contoso.com", { msExchHomeServerName: ["/o=First Organization/cn=EX02"] });
    expect(await takeSnapshot(file, [changed])).toEqual({ added: 1, kept: 0 });
    expect(await takeSnapshot(file, [changed])).toEqual({ added: 0, kept: 1 });
    const lines = await readSnapshot(file);
    expect(lines.map(({ attributes }) => attributes["msExchHomeServerName"]?.[0])).toEqual([
      expect.stringMatching(/EX01$/),
      "/o=First Organization/cn=EX02",
    ]);
  });

  it("goes on after a crash that cut its last line off", async () => {
    await takeSnapshot(file, [user("a@contoso.com"), user("b@contoso.com")]);
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole.slice(0, -20));
    expect((await readSnapshot(file)).map(({ address }) => address)).toEqual(["a@contoso.com"]);
    expect(await takeSnapshot(file, [user("a@contoso.com"), user("b@contoso.com")])).toEqual({
      added: 1,
      kept: 1,
    });
    expect((await readSnapshot(file)).map(({ address }) => address)).toEqual([
      "a@contoso.com",
      "b@contoso.com",
    ]);
  });

  it("keeps its last user where the file has no final newline", async () => {
    await takeSnapshot(file, [user("a@contoso.com"), user("b@contoso.com")]);
    await writeFile(file, (await readFile(file, "utf8")).slice(0, -1));
    expect(await readSnapshot(file)).toHaveLength(2);
    expect(await takeSnapshot(file, [user("b@contoso.com"), user("c@contoso.com")])).toEqual({
      added: 1,
      kept: 1,
    });
    expect((await readSnapshot(file)).map(({ address }) => address)).toEqual([
      "a@contoso.com",
      "b@contoso.com",
      "c@contoso.com",
    ]);
  });

  it("refuses a file with a whole line that is none of its own, and leaves it alone", async () => {
    await takeSnapshot(file, [user("a@contoso.com")]);
    await appendFile(file, '{"not":"ours"}\n');
    const before = await readFile(file, "utf8");
    await expect(takeSnapshot(file, [user("b@contoso.com")])).rejects.toMatchObject({
      code: "snapshot-unreadable",
      problems: [{ subject: `${file}:2` }],
    });
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("says which file cannot be read", async () => {
    await expect(readSnapshot(file)).rejects.toMatchObject({
      problems: [{ subject: file, code: "snapshot-unreadable" }],
    });
  });
});
