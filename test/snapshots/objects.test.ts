import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { appendDurably, isKept, readDurably } from "../../src/snapshots/durable-lines.js";
import { type Azurite, azurite, azuriteMissing, startAzurite } from "../engine/azurite.js";

const line = (value: object) => `${JSON.stringify(value)}\n`;
const kept = { ...process.env };
afterEach(() => {
  process.env = { ...kept };
});

/** What holds of lines in any object store. */
function contract(placeOf: () => string): void {
  test("keeps lines in their order, and nothing where there is none", async () => {
    const file = placeOf().replace("FILE", "order/wave1.jsonl");
    expect(await isKept(file)).toBe(false);
    await expect(readDurably(file)).rejects.toMatchObject({
      problems: [
        { code: "snapshot-unreadable", subject: file, reason: expect.stringContaining("nothing is kept") },
      ],
    });
    for (const name of ["ä", "b c", "d"]) await appendDurably(file, () => line({ name }));
    expect(await isKept(file)).toBe(true);
    expect(await readDurably(file)).toBe('{"name":"ä"}\n{"name":"b c"}\n{"name":"d"}\n');
    expect(await isKept(placeOf().replace("FILE", "order/wave"))).toBe(false);
  });

  test("gives what is there to whoever adds, and adds nothing where that is nothing", async () => {
    const file = placeOf().replace("FILE", "given/wave1.jsonl");
    await appendDurably(file, () => line({ a: 1 }));
    await appendDurably(file, (present) => (present.includes('"a":1') ? "" : line({ a: 1 })));
    expect(await readDurably(file)).toBe('{"a":1}\n');
  });

  test("loses no line where many are added at once", async () => {
    const file = placeOf().replace("FILE", "many/wave1.jsonl");
    await Promise.all(Array.from({ length: 12 }, (_, a) => appendDurably(file, () => line({ a }))));
    const numbers = (await readDurably(file))
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text).a);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, a) => a));
  });
}

describe("in a container of Azure Storage", () => {
  const program = azurite;
  if (program === undefined) {
    console.warn(`\n*** ${azuriteMissing} ***\n*** Snapshots in azblob:// were NOT tested. ***\n`);
    test.skip(`LEFT OUT: ${azuriteMissing}`, () => {});
    return;
  }
  let storage: Azurite;
  beforeAll(async () => {
    storage = await startAzurite(program);
  }, 60_000);
  afterAll(() => storage?.stop());
  beforeEach(() => Object.assign(process.env, storage.environment));

  contract(() => storage.environment.PULUMI_BACKEND_URL.replace("?", "/a folder/FILE?").replace(" ", "-"));

  test("a wrong key is refused, named, and not shown", async () => {
    const wrong = Buffer.alloc(32, 7).toString("base64");
    process.env["AZURE_STORAGE_KEY"] = wrong;
    const file = storage.environment.PULUMI_BACKEND_URL.replace("?", "/wave1.jsonl?");
    const failure: unknown = await appendDurably(file, () => line({ a: 1 })).catch((error) => error);
    expect(String(failure)).toMatch(/403 Auth(entication|orization)Fail/);
    expect(String(failure)).not.toContain(wrong);
  });

  test("a container that is not there is said to be so", async () => {
    const file = storage.environment.PULUMI_BACKEND_URL.replace("//state?", "//other/wave1.jsonl?");
    await expect(appendDurably(file, () => line({ a: 1 }))).rejects.toThrow("404 ContainerNotFound");
  });
});

test("plain HTTP is for an emulator on this machine only", async () => {
  const file = "azblob://state/wave1.jsonl?storage_account=a&domain=blob.example&localemu=true";
  await expect(readDurably(file)).rejects.toThrow("for an emulator here only");
  delete process.env["AZURE_STORAGE_ACCOUNT"];
  await expect(readDurably("azblob://state/wave1.jsonl")).rejects.toThrow("storage_account");
});

/** Stand-ins that do with a folder what the clouds' own programs do with a bucket, and refuse whatever else they are asked. */
const programs = {
  aws: `#!/bin/sh
case "$1 $2" in
"s3api list-objects-v2")
  [ "$3 $4 $5 $7 $8 $9" = "--bucket state --prefix --output json --region" ] || exit 252
  cd "$BUCKET" || exit 254
  keys=$(find . -type f -path "./$6*" | sed 's|^\\./||; s|.*|{"Key":"&"}|' | paste -sd, -)
  [ -z "$keys" ] || echo "{\\"Contents\\":[$keys]}" ;;
"s3 cp")
  [ "$3 $6 $7" = "--quiet --region eu-west-1" ] || exit 252
  if [ "$4" = - ]; then f="$BUCKET/\${5#s3://state/}"; mkdir -p "$(dirname "$f")"; cat >"$f"
  else cat "$BUCKET/\${4#s3://state/}"; fi ;;
*) echo "unknown $*" >&2; exit 252 ;;
esac
`,
  gcloud: `#!/bin/sh
case "$1 $2" in
"storage ls")
  d="$BUCKET/\${3#gs://state/}"
  [ -d "$d" ] || { echo "ERROR: (gcloud.storage.ls) One or more URLs matched no objects." >&2; exit 1; }
  for f in "$d"*; do echo "$3$(basename "$f")"; done ;;
"storage cat") cat "$BUCKET/\${3#gs://state/}" ;;
"storage cp")
  [ "$3 $4" = "--if-generation-match=0 -" ] || exit 2
  f="$BUCKET/\${5#gs://state/}"; [ ! -e "$f" ] || exit 1
  mkdir -p "$(dirname "$f")"; cat >"$f" ;;
*) echo "unknown $*" >&2; exit 2 ;;
esac
`,
} as const;

describe.each([
  ["aws", "s3://state/snapshots/FILE?region=eu-west-1"],
  ["gcloud", "gs://state/snapshots/FILE"],
] as const)("in a bucket, by %s", (program, place) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-bucket-"));
    await mkdir(join(folder, "bucket"));
    await writeFile(join(folder, program), programs[program], { mode: 0o755 });
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    process.env["PATH"] = [folder, kept["PATH"]].join(delimiter);
    process.env["BUCKET"] = join(folder, "bucket");
  });

  contract(() => place);

  test("what does not read back as it was written is refused", async () => {
    const lossy = programs[program].replace('cat >"$f"', 'head -c 3 >"$f"');
    await writeFile(join(folder, program), lossy, { mode: 0o755 });
    const file = place.replace("FILE", "lossy/wave1.jsonl");
    await expect(appendDurably(file, () => line({ a: 1 }))).rejects.toMatchObject({
      problems: [{ code: "snapshot-unwritable", reason: expect.stringContaining("does not read back") }],
    });
    expect(await readdir(join(folder, "bucket/snapshots/lossy/wave1.jsonl"))).toHaveLength(1);
    await writeFile(join(folder, program), programs[program], { mode: 0o755 });
  });

  test("a program that is not there, and one that fails, are named with what they said", async () => {
    process.env["PATH"] = join(folder, "bucket");
    const file = place.replace("FILE", "wave1.jsonl");
    await expect(readDurably(file)).rejects.toThrow(`${program} cannot be run`);
    process.env["PATH"] = [folder, kept["PATH"]].join(delimiter);
    await writeFile(join(folder, program), "#!/bin/sh\necho 'Unable to locate credentials' >&2\nexit 253\n");
    await expect(readDurably(file)).rejects.toThrow(/ended with 253: Unable to locate credentials/);
    expect(await readFile(join(folder, program), "utf8")).toContain("253");
  });
});
