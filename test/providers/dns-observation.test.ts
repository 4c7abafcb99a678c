import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectControl, type LabControl } from "../../lab/index.js";
import { dnsObservationProvider } from "../../providers/dns-observation.js";
import { parsePlan } from "../../src/plan/index.js";
import { smallPlan } from "../engine/rehearsal.js";
import { type Session, smallWorld, startSession } from "../lab/worlds.js";

/** The observation of the switch as `pulumi refresh` reads it: what state knows of the tenant's names is as old as the last update. */
describe("the observed switch, refreshed", () => {
  const trusted = getCACertificates("default");
  const before = { ...process.env };
  const seen = { observedAt: "2026-03-02T09:00:00.000Z", waiting: [] };
  let session: Session;
  let control: LabControl;
  let inputs: Record<string, unknown>;

  beforeAll(async () => {
    const world = smallWorld(2);
    session = await startSession(world);
    control = connectControl(session.lab.addresses.control);
    setDefaultCACertificates([...trusted, readFileSync(session.lab.caFile, "utf8")]);
    Object.assign(process.env, session.lab.environment);
    await session.ownDomain();
    const plan = { ...smallPlan, domain: world.domain, tenant: { ...smallPlan.tenant, id: world.tenantId } };
    const { tenant, dns } = parsePlan(session.lab.planOverrides(plan));
    const { nameServers, resolvers } = dns;
    const observed = { zone: world.domain, nameServers, resolvers };
    const goesTo = [`0 ${world.mailExchange}`];
    inputs = { tenant, observed, name: world.domain, type: "MX", goesTo };
  }, 60_000);
  afterAll(async () => {
    process.env = before;
    setDefaultCACertificates(trusted);
    await session.lab.close();
  });

  const readWith = async (value: string) => {
    await control.setRecordSet({ name: session.world.domain, type: "MX", ttl: 3600, values: [value] });
    return (await dnsObservationProvider.read?.("MX", { ...inputs, ...seen }))?.props;
  };

  test("goes on counting at a host that the tenant has named since", async () => {
    const mailExchange = "contoso-com.e-v1.mx.microsoft";
    expect(await readWith(`0 ${mailExchange}`)).toMatchObject({ observedAt: null });
    await control.setNamed(session.world.domain, { mailExchange, preference: 10 });
    expect(await readWith(`10 ${mailExchange}`)).toMatchObject(seen);
    expect(await readWith(`0 ${session.world.mailExchange}`)).toMatchObject(seen);
  });

  test("counts anew when mail goes elsewhere", async () => {
    const read = await readWith("10 mail.contoso.com");
    expect(read).toMatchObject({ observedAt: null, waiting: [expect.stringContaining("mail.contoso.com")] });
  });
});
