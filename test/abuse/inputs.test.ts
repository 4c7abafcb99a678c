import fc from "fast-check";
import { MailstageError } from "../../src/base/problem.js";
import { parseMailboxFile, uploadCsv } from "../../src/plan/csv/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { encodings, writeCsv } from "../csv/write-csv.js";
import { thorough } from "../engine/attempts.js";
import { smallPlan } from "../engine/rehearsal.js";
import { gone, placesOf, spoil, spoilings } from "./mutations.js";
import { secondReading } from "./second-reading.js";

const path = "mailboxes/wave1.csv";
const counts = { lists: 0, good: 0, bytes: 0, plans: 0, taken: 0 };
const runs = (short: number, long: number) => ({ numRuns: thorough ? long : short });
/** In every planted password, so that a leak is seen. */
const mark = "(tr0ub)";

afterAll(() => {
  const { lists, good, bytes, plans, taken } = counts;
  process.stdout.write(
    `inputs: ${lists + bytes + plans} cases: ${lists} lists (${good} good), ${bytes} of any octets, ${plans} plans (${taken} good)\n`,
  );
});

const domains = fc.constantFrom(
  { plan: "contoso.com", spellings: ["contoso.com", "Contoso.COM"] },
  { plan: "müller.example", spellings: ["müller.example", "MÜLLER.example", "xn--mller-kva.example"] },
  { plan: "xn--mller-kva.example", spellings: ["müller.example", "xn--MLLER-kva.example"] },
);
const locals = fc.oneof(
  { weight: 12, arbitrary: fc.stringMatching(/^[A-Za-z0-9]{1,6}(\.[A-Za-z0-9'+_-]{1,5})?$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", ".a", "a..b", "a b", '"q"', "ä", "a\u0000b", "x".repeat(65), "a@b", "🔑"),
  },
);
const passwords = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .string({ unit: fc.constantFrom("a", "9", ",", '"', "\n", "\r\n", ";", "é", "🔑", " "), maxLength: 9 })
      .map((text) => `${text}${mark}x`),
  },
  { weight: 1, arbitrary: fc.constantFrom("", "short", "\ufeff2345678", "p".repeat(100_000)) },
);
const forces = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("True", "false", " TRUE ", "False") },
  { weight: 1, arbitrary: fc.constantFrom("yes", "", "1", "TrueFalse") },
);
const headers = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.shuffledSubarray(["EmailAddress", "Password", "ForceChangePassword"], { minLength: 1 }),
  },
  {
    weight: 1,
    arbitrary: fc.shuffledSubarray([" emailaddress ", "PASSWORD", "Username", "Mailbox", "Password", ""], {
      minLength: 1,
    }),
  },
);

/** The text of a list that is mostly good: what is wrong with it is for the second reading to tell. */
const lists = fc
  .record({
    domain: domains,
    columns: headers,
    rows: fc.array(fc.record({ local: locals, spelling: fc.nat(2), password: passwords, force: forces }), {
      maxLength: 5,
    }),
    width: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 1, -1),
    lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
    blank: fc.constantFrom("", "", "", "  "),
    quotes: fc.infiniteStream(fc.boolean()),
    last: fc.boolean(),
    damage: fc.option(
      fc.record({
        at: fc.nat(400),
        length: fc.nat(2),
        insert: fc.constantFrom('"', ",", "\n", ";", "x", "\u0000"),
      }),
      { freq: 5 },
    ),
    encoding: fc.constantFrom(...Object.values(encodings)),
  })
  .map(({ domain, columns, rows, width, lineEnd, blank, quotes, last, damage, encoding }) => {
    const cells = rows.map(({ local, spelling, password, force }) => {
      const values: Record<string, string> = {
        emailaddress: `${blank}${local}@${domain.spellings[spelling % domain.spellings.length]}${blank}`,
        password,
        forcechangepassword: force,
        username: `${local}@x.example`,
      };
      const fields = columns.map((name) => values[name.trim().toLowerCase()] ?? "");
      return width > 0 ? [...fields, ""] : fields.slice(0, fields.length + width);
    });
    const text = writeCsv([columns, ...cells], lineEnd, () => quotes.next().value ?? false, last);
    const damaged =
      damage === null
        ? text
        : text.slice(0, damage.at) + damage.insert + text.slice(damage.at + damage.length);
    return { text: damaged, domain: domain.plan, encoding };
  });

test("a list is read as a second, plain reading reads it, or refused where that finds a fault", () => {
  fc.assert(
    fc.property(lists, ({ text, domain, encoding }) => {
      fc.pre(text.isWellFormed());
      counts.lists += 1;
      const bytes = encoding(text);
      const { file, problems } = parseMailboxFile(bytes, path, { wave: "wave1", domain, signOn: "cloud" });
      const expected = secondReading(text, domain);
      // A Username is read and checked by rules of its own: only that such a list is no failure is looked at.
      if (/username/i.test(text.split(/\r|\n/)[0] ?? "")) return;
      expect(problems.length === 0).toBe(expected !== undefined);
      expect(file?.rows.map(({ username: _, ...row }) => row)).toEqual(expected);
      expect(JSON.stringify({ file, problems })).not.toContain(mark);
      if (expected === undefined) return;
      counts.good += 1;
      const wanted = new Set(expected.map(({ emailAddress }) => emailAddress));
      const again = secondReading(uploadCsv(bytes, path, wanted).toString(), domain);
      expect(again?.map(({ line: _, ...row }) => row)).toEqual(expected.map(({ line: _, ...row }) => row));
    }),
    runs(500, 60_000),
  );
  // Drawn at random, one in twenty is: a draw that says nothing has next to none.
  expect(counts.good).toBeGreaterThan(counts.lists / 100);
  expect(counts.good).toBeLessThan(counts.lists);
}, 900_000);

test("any octets are a list or problems, named by place and without a cell", () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      .tuple(fc.constantFrom(...Object.values(encodings)), fc.string({ unit: "binary", maxLength: 200 }))
      .map(([encode, text]) => encode(`EmailAddress,Password\r\n${text}`)),
  );
  fc.assert(
    fc.property(octets, (bytes) => {
      counts.bytes += 1;
      const rules = { wave: "wave1", domain: "contoso.com", signOn: "cloud" } as const;
      const { file, problems } = parseMailboxFile(bytes, path, rules);
      expect(file === undefined).toBe(problems.length > 0);
      for (const { code, subject } of problems) {
        expect(code).toMatch(/^csv-/);
        expect(subject).toMatch(/^mailboxes\/wave1\.csv(:\d+)?$/);
      }
    }),
    runs(250, 20_000),
  );
}, 600_000);

test("a line of tens of megabytes, and a million quotation marks, end in time", () => {
  const rules = { wave: "wave1", domain: "contoso.com", signOn: "cloud" } as const;
  const hard = [
    `EmailAddress\n${"x".repeat(4_000_000)}@contoso.com`,
    `EmailAddress\n"${'""'.repeat(500_000)}`,
    `EmailAddress\n${"a@contoso.com,".repeat(200_000)}`,
    `EmailAddress${"\n".repeat(1_000_000)}`,
    `EmailAddress\n${'"\n'.repeat(2000)}`,
  ];
  for (const text of hard) {
    const begun = process.cpuUsage();
    expect(parseMailboxFile(Buffer.from(text), path, rules).problems.length).toBeGreaterThan(0);
    expect(process.cpuUsage(begun).user).toBeLessThan(15_000_000);
  }
}, 120_000);

describe("a plan near a good one", () => {
  const places = placesOf(smallPlan).filter((place) => place.length > 0);
  const plans = fc.array(
    fc.record({ place: fc.constantFrom(...places), spoiling: fc.constantFrom(...spoilings) }),
    { minLength: 1, maxLength: 2 },
  );

  test("is taken, and then means the same when it is read again, or refused by the place of every fault", () => {
    fc.assert(
      fc.property(plans, (changes) => {
        counts.plans += 1;
        const input = changes.reduce<unknown>(
          (plan, { place, spoiling }) =>
            spoil(plan, place, (value) => (spoiling(value) === gone ? gone : spoiling(value))),
          smallPlan,
        );
        try {
          const plan = parsePlan(input);
          counts.taken += 1;
          expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
        } catch (error) {
          if (!(error instanceof MailstageError)) throw error;
          for (const { code, subject } of error.problems) {
            expect(code).toMatch(/^plan-/);
            expect(subject).toMatch(/^mailstage:plan/);
          }
        }
      }),
      runs(250, 25_000),
    );
    expect(counts.taken).toBeGreaterThan(0);
  }, 600_000);

  test.each(places.map((place) => [place.join("."), place] as const))(
    "is refused when %s has a property nobody knows, or is another kind of thing",
    (_name, place) => {
      const isObject = (value: unknown) => typeof value === "object" && value !== null;
      const stranger = spoil(smallPlan, place, (value) =>
        isObject(value) && !Array.isArray(value) ? { ...Object(value), stranger: 1 } : { stranger: 1 },
      );
      expect(() => parsePlan(stranger)).toThrow(MailstageError);
      expect(() => parsePlan(spoil(smallPlan, place, () => Number.NaN))).toThrow(MailstageError);
    },
  );
});
