import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  applyUpdate,
  planRecordSet,
  proveUpdates,
  query,
  readFromPrimary,
  readFromServer,
} from "../../src/dns/index.js";
import { codesOf } from "./dns-contract.js";
import {
  type BindSetup,
  type ContractServer,
  contoso,
  grants,
  keyClauses,
  keys,
  startBind,
  zoneFile,
} from "./dns-server.js";
import { freePorts } from "./free-ports.js";

const ZONE = contoso.name;
const zone = (file: string, more = "") =>
  `zone "${ZONE}" { type primary; file "${file}"; check-names ignore; update-policy { ${grants} }; ${more} };`;

/** What BIND alone does, of how zones are served in the world. @param rndc BIND's own control program, where it is installed */
export function bindManners(named: string, rndc: string | undefined): void {
  const open: ContractServer[] = [];
  const bind = async (setup: BindSetup) => {
    const started = await startBind(named, setup);
    open.push(started);
    return started;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  const wanted = { name: ZONE, type: "MX", ttl: 3600, values: ["0 tenant.test"], mode: "exact" } as const;

  test("a view that is chosen by the key is read by the key, changed, and the other one stays", async () => {
    const inside = zoneFile().replaceAll(" MX 10 mail", " MX 77 mail");
    const { server } = await bind({
      clauses: `view "ours" { match-clients { key "${keys.sha256.name}"; }; ${zone("ours.db")} };
view "theirs" { match-clients { any; }; ${zone("zone.db")} };`,
      files: { "ours.db": inside },
    });
    const target = { server, zone: ZONE, key: keys.sha256 };
    const before = await readFromPrimary(target, ZONE, "MX");
    expect(before?.values).toEqual(["20 backup.contoso.test", "77 mail.contoso.test"]);
    await applyUpdate(target, planRecordSet(before, wanted));
    expect((await readFromPrimary(target, ZONE, "MX"))?.values).toEqual(wanted.values);
    expect((await readFromServer(server, ZONE, "MX")).set?.values).toEqual([
      "10 mail.contoso.test",
      "20 backup.contoso.test",
    ]);
  });

  (rndc === undefined ? test.skip : test)("a frozen zone is told from a key without the right", async () => {
    const [port = 0, control = 0] = await freePorts(2);
    const { server, folder } = await bind({
      port,
      controls: `inet 127.0.0.1 port ${control} allow { 127.0.0.1; } keys { "${keys.sha256.name}"; };`,
      files: {
        "rndc.conf": `${keyClauses}\noptions { default-key "${keys.sha256.name}"; default-server 127.0.0.1; default-port ${control}; };`,
      },
    });
    const target = { server, zone: ZONE, key: keys.sha256 };
    const ask = (command: string) =>
      promisify(execFile)(rndc ?? "", ["-c", `${folder}/rndc.conf`, command, ZONE]);
    await ask("freeze");
    const change = planRecordSet(await readFromPrimary(target, ZONE, "MX"), wanted);
    const failed = applyUpdate(target, change);
    await expect(failed).rejects.toThrow(/every update of the zone contoso\.test.*rndc thaw contoso\.test/s);
    expect(await codesOf(failed)).toEqual(["dns-refused"]);
    expect((await proveUpdates(target, []))[0]?.hint).toContain("rndc thaw");
    await ask("thaw");
    await applyUpdate(target, change);
  });

  test("a secondary that passes updates on is waited for", async () => {
    const [one = 0, two = 0] = await freePorts(2);
    await bind({
      port: one,
      clauses: zone(
        "zone.db",
        `notify explicit; notify-delay 2; also-notify { 127.0.0.1 port ${two}; }; allow-transfer { any; };`,
      ),
    });
    const { server } = await bind({
      port: two,
      clauses: `zone "${ZONE}" { type secondary; file "copy.db"; primaries { 127.0.0.1 port ${one}; }; allow-notify { any; }; allow-update-forwarding { any; }; };`,
    });
    const target = { server, zone: ZONE, key: keys.sha256 };
    for (const ttl of [3600, 1800]) {
      const before = await readFromPrimary(target, ZONE, "MX");
      await applyUpdate(target, planRecordSet(before, { ...wanted, ttl }));
      expect((await query(server, ZONE, "MX")).records[0]?.ttl).toBe(ttl);
    }
  }, 30_000);

  test("a zone that takes no updates at all is said to be so", async () => {
    const { server } = await bind({
      clauses: `zone "${ZONE}" { type primary; file "zone.db"; check-names ignore; };`,
    });
    const target = { server, zone: ZONE, key: keys.sha256 };
    const change = planRecordSet(await readFromPrimary(target, ZONE, "MX"), wanted);
    await expect(applyUpdate(target, change)).rejects.toThrow(
      /refuses every update of the zone contoso\.test/,
    );
  });
}
