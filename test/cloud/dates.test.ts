import { serviceDate } from "../../src/base/dates.js";

describe("a date that a service wrote", () => {
  const zone = process.env["TZ"];
  beforeAll(() => {
    process.env["TZ"] = "America/New_York";
  });
  afterAll(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });

  test.each([
    ["2026-11-23T04:10:00.1230000", "2026-11-23T04:10:00.123Z"],
    ["2026-11-23 04:10:00", "2026-11-23T04:10:00.000Z"],
    ["2026-11-23T04:10:00Z", "2026-11-23T04:10:00.000Z"],
    ["2026-11-23T04:10:00+01:00", "2026-11-23T03:10:00.000Z"],
    ["2026-11-23T04:10:00-0500", "2026-11-23T09:10:00.000Z"],
    ["2026-11-23", "2026-11-23T00:00:00.000Z"],
    ["11/23/2026 4:10:00 AM", "2026-11-23T04:10:00.000Z"],
    ["11/23/2026 4:10:00 PM", "2026-11-23T16:10:00.000Z"],
    ["Mon, 23 Nov 2026 04:10:00 GMT", "2026-11-23T04:10:00.000Z"],
    ["Mon Nov 23 04:10:00 2026", "2026-11-23T04:10:00.000Z"],
    ["/Date(1795407000000)/", "2026-11-23T04:10:00.000Z"],
  ])("%s is %s, wherever the runner stands", (text, expected) => {
    expect(serviceDate(text)?.toISOString()).toBe(expected);
  });

  test.each(["", "soon", "2026-13-40T00:00:00"])("%j is none", (text) => {
    expect(serviceDate(text)).toBeUndefined();
  });
});
