import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { appendDurably, readDurably, readLines } from "../../src/snapshots/durable-lines.js";

const line = (value: object) => `${JSON.stringify(value)}\n`;

describe("lines that others rely on after a crash", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-lines-"));
    file = join(folder, "new", "wave1.jsonl");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const append = (value: object) => appendDurably(file, () => line(value));
  const raw = (text: string | Buffer) => mkdir(join(folder, "new")).then(() => writeFile(file, text));

  it("of a last line without its end, which is whole, is lost neither by reading nor by the next line", async () => {
    await raw('{"a":1}\n{"a":2}');
    expect(await readLines(file)).toEqual({ text: '{"a":1}\n{"a":2}\n', leftOut: undefined });
    await append({ a: 3 });
    expect(await readFile(file, "utf8")).toBe('{"a":1}\n{"a":2}\n{"a":3}\n');
  });

  it("of a last line that was cut off name it, and the next line moves it aside", async () => {
    const cut = Buffer.from('{"a":1}\n{"a":"ü').subarray(0, -1);
    await raw(cut);
    expect(await readLines(file)).toEqual({
      text: '{"a":1}\n',
      leftOut: expect.objectContaining({ code: "snapshot-cut-off", subject: `${file}:2` }),
    });
    await append({ a: 3 });
    expect(await readFile(file, "utf8")).toBe('{"a":1}\n{"a":3}\n');
    expect(await readFile(`${file}.cut-off`)).toEqual(Buffer.concat([cut.subarray(8), Buffer.from("\n")]));
  });

  it("are all there when many are added at once, whatever the file is called", async () => {
    await append({ a: 0 });
    const names = [file, join(folder, "new", "..", "new", "wave1.jsonl")];
    await Promise.all(
      Array.from({ length: 40 }, (_, a) => appendDurably(names[a % 2] ?? file, () => line({ a: a + 1 }))),
    );
    const numbers = (await readDurably(file))
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text).a);
    expect(numbers.sort((left, right) => left - right)).toEqual(Array.from({ length: 41 }, (_, a) => a));
  });

  it("are all there when several processes add them", async () => {
    const run = (who: string) =>
      once(
        spawn(
          process.execPath,
          [
            "-r",
            join(__dirname, "../directory/typescript.cjs"),
            join(__dirname, "append-process.ts"),
            file,
            who,
            "40",
          ],
          { stdio: "inherit" },
        ),
        "exit",
      );
    expect(await Promise.all(["x", "y", "z"].map(run))).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    const lines = (await readDurably(file))
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    for (const who of ["x", "y", "z"])
      expect(lines.filter((one) => one.who === who).map(({ number }) => number)).toEqual(
        Array.from({ length: 40 }, (_, number) => number),
      );
    expect(await readdir(join(folder, "new"))).toEqual(["wave1.jsonl"]);
  }, 60_000);

  it("are added although a process that is gone left its lock", async () => {
    await append({ a: 1 });
    const gone = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(gone, "exit");
    await writeFile(`${file}.lock`, JSON.stringify({ host: hostname(), pid: gone.pid, token: "x" }));
    await append({ a: 2 });
    expect(await readDurably(file)).toBe('{"a":1}\n{"a":2}\n');
  });

  it("wait for one that holds the lock", async () => {
    await append({ a: 1 });
    await writeFile(`${file}.lock`, JSON.stringify({ host: hostname(), pid: process.pid, token: "x" }));
    const waiting = append({ a: 2 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await readDurably(file)).toBe('{"a":1}\n');
    await rm(`${file}.lock`);
    await waiting;
    expect(await readDurably(file)).toBe('{"a":1}\n{"a":2}\n');
  });

  it("are for their owner only, in a folder of their own, also where the file was not", async () => {
    await append({ a: 1 });
    expect((await stat(join(folder, "new"))).mode & 0o777).toBe(0o700);
    await writeFile(join(folder, "open.jsonl"), "", { mode: 0o644 });
    await appendDurably(join(folder, "open.jsonl"), () => line({ a: 1 }));
    for (const name of [file, join(folder, "open.jsonl")])
      expect((await stat(name)).mode & 0o777).toBe(0o600);
  });

  it("are not written where composing them fails", async () => {
    await append({ a: 1 });
    await expect(
      appendDurably(file, () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    await append({ a: 2 });
    expect(await readDurably(file)).toBe('{"a":1}\n{"a":2}\n');
  });

  it("are read after an editor's byte order mark, and refused in another encoding", async () => {
    await raw('\uFEFF{"a":1}\n');
    expect(await readDurably(file)).toBe('{"a":1}\n');
    await writeFile(file, Buffer.from('{"a":1}\n', "utf16le").subarray(0));
    await appendFile(file, Buffer.from([0xff, 0xfe, 0x0a]));
    await expect(readDurably(file)).rejects.toMatchObject({
      problems: [{ code: "snapshot-unreadable", reason: "is not in UTF-8" }],
    });
  });

  it("that cannot be written say so, with the remedy and no raw error", async () => {
    await writeFile(join(folder, "new"), "a file");
    await expect(append({ a: 1 })).rejects.toMatchObject({
      problems: [
        {
          code: "snapshot-unwritable",
          subject: file,
          reason: "cannot be written: a file is where its folder should be",
          hint: expect.stringContaining("conversion.snapshots"),
        },
      ],
    });
  });
});
