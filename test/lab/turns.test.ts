import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectControl, type Lab, startLab } from "../../lab/index.js";
import { observe } from "../../src/dns/observe.js";
import { connectDirectory } from "../../src/on-premises/directory/index.js";
import { smallWorld } from "./worlds.js";

let lab: Lab;
afterEach(() => lab.close());

test("a second name server answers what the first had when it last transferred the zone", async () => {
  const world = smallWorld(1);
  lab = await startLab({ world, secondary: true });
  const { dns, secondary = "", resolver } = lab.addresses;
  const answers = async () => {
    const { servers } = await observe({
      zone: "contoso.com",
      name: "contoso.com",
      type: "MX",
      nameServers: [dns, secondary],
      resolvers: [resolver],
    });
    return servers.filter(({ role }) => role === "authoritative").map(({ values }) => values.join());
  };
  lab.faults.behave({ secondaryLagSeconds: 7200 });
  await lab.advance(7200);
  const [before] = await answers();
  const after = `0 ${world.mailExchange}`;
  const set = { name: "contoso.com", type: "MX", ttl: 3600, values: [after] };
  await connectControl(lab.addresses.control).setRecordSet(set);
  expect(await answers()).toEqual([after, before]);
  await lab.advance(7200);
  expect(await answers()).toEqual([after, after]);
});

test("a password that was rotated is refused from then on, and the new one stands in the environment", async () => {
  const { directory } = smallWorld(1);
  lab = await startLab({ world: smallWorld(1) });
  setDefaultCACertificates([...getCACertificates(), await readFile(lab.caFile, "utf8")]);
  const { bindDn, baseDn, password } = directory;
  const settings = { url: lab.addresses.ldaps, bindDn, baseDn, pageSize: 100 };
  lab.rotate("MAILSTAGE_DIRECTORY_PASSWORD", "Another-one-8");
  await expect(connectDirectory(settings, password)).rejects.toThrow("refused the account");
  const { MAILSTAGE_DIRECTORY_PASSWORD = "" } = lab.environment;
  expect(MAILSTAGE_DIRECTORY_PASSWORD).toBe("Another-one-8");
  await (await connectDirectory(settings, MAILSTAGE_DIRECTORY_PASSWORD)).close();
});
