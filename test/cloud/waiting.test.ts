import { onWaiting, Waiting } from "../../src/microsoft365/http/waiting.js";

const url = (host: string) => `https://${host}/v1.0/users`;

describe("a wait for a service", () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    onWaiting((text) => lines.push(text));
  });
  afterAll(() => onWaiting(() => undefined));

  test("is told in one line, whatever number of requests waits and however often", () => {
    for (const waiting of [new Waiting(), new Waiting(), new Waiting()])
      for (const reason of ["429", "503"]) waiting.note(url("one.test"), 30_000, reason);
    expect(lines).toEqual(["one.test is asked again in 30 s (429); a wait goes on without more lines"]);
  });

  test("is told for each service, and only once it is long", () => {
    const short = new Waiting();
    for (let tries = 0; tries < 4; tries += 1) short.note(url("two.test"), 1000, "503");
    expect(lines).toEqual([]);
    short.note(url("two.test"), 2000, "503");
    new Waiting().note(url("three.test"), 10_000, "ECONNRESET");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["two.test", "three.test"]);
  });
});
