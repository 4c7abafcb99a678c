import { type LabDns, startDnsServer } from "../../lab/dns/index.js";
import {
  applyUpdate,
  planRecordSet,
  proveUpdates,
  type RecordSet,
  readFromPrimary,
} from "../../src/dns/index.js";
import { freePorts } from "../servers/free-ports.js";

jest.mock("node:dns/promises", () => ({
  lookup: async () => ["127.0.0.2", "127.0.0.1"].map((address) => ({ address, family: 4 })),
}));

const ZONE = "contoso.test";
const key = {
  name: "mig",
  algorithm: "hmac-sha256",
  secret: Buffer.alloc(32, 7).toString("base64"),
} as const;
const mx = (ttl: number): RecordSet => ({ name: ZONE, type: "MX", ttl, values: ["10 mail.contoso.test"] });

/** A name server's name with two addresses, the secondary's first; it takes no updates. */
describe("a server's name with two addresses", () => {
  let secondary: LabDns;
  let primary: LabDns;
  let target: { server: string; zone: string; key: typeof key };

  const start = async (serials: { secondary: number; primary: number }, ttl: number) => {
    const [port = 0] = await freePorts(1);
    const serve = (host: string, serial: number, first: number) =>
      startDnsServer({ zones: [{ name: ZONE, serial, records: [mx(first)] }], keys: [key], host, port });
    secondary = await serve("127.0.0.2", serials.secondary, ttl);
    primary = await serve("127.0.0.1", serials.primary, 3600);
    secondary.setFault(({ opcode }) =>
      opcode === "UPDATE" ? { kind: "refuse", rcode: "NOTIMP" } : undefined,
    );
    target = { server: `ns.${ZONE}:${port}`, zone: ZONE, key };
  };
  afterEach(async () => {
    await Promise.all([secondary.close(), primary.close()]);
  });

  test.each([
    ["lags behind", { secondary: 4, primary: 5 }, 86_400],
    ["lags behind, its serial past the end of the numbers", { secondary: 4_294_967_290, primary: 3 }, 86_400],
    ["has caught up", { secondary: 5, primary: 5 }, 3600],
  ])("is read and written at the primary where the secondary %s", async (_how, serials, ttl) => {
    await start(serials, ttl);
    const before = await readFromPrimary(target, ZONE, "MX");
    expect(before).toEqual(mx(3600));
    await applyUpdate(target, planRecordSet(before, { ...mx(60), mode: "exact" }));
    expect(primary.recordSet(ZONE, "MX")).toEqual(mx(60));
    expect(await readFromPrimary(target, ZONE, "MX")).toEqual(mx(60));
    expect(await proveUpdates(target, [{ name: ZONE, type: "MX" }])).toEqual([]);
  });
});
