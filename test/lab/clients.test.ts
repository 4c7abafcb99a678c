import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
  createMigrationBatch,
  createMigrationEndpoint,
  getMigrationBatch,
  listAcceptedDomains,
  listMailboxes,
  listMigrationUsers,
  removeMigrationBatch,
  testMigrationEndpoint,
} from "../../src/microsoft365/exchange/index.js";
import {
  addGroupMembers,
  assignLicenses,
  createDomain,
  enableEmail,
  getDomain,
  listUsers,
  setUsageLocation,
  verifyDomain,
} from "../../src/microsoft365/graph/index.js";
import { newSession } from "../../src/microsoft365/index.js";
import { addressOf, smallWorld, startSession } from "./worlds.js";

const group = "22222222-2222-4222-8222-222222222222";

it("mailstage's own clients and the lab understand each other from the domain to the licences", async () => {
  const { lab, world, ownDomain } = await startSession(smallWorld(45, { licenseGroup: group }));
  // Both transports find the lab as they find Microsoft: by trust in its CA, its tokens and its pwsh.
  setDefaultCACertificates([...getCACertificates("default"), await readFile(lab.caFile, "utf8")]);
  Object.assign(process.env, lab.environment, { MAILSTAGE_RETRY_BASE_MS: "10" });
  const { graph, exchange, powershell } = newSession(
    {
      tenantId: world.tenantId,
      authority: lab.addresses.authority,
      graph: lab.addresses.graph,
      exchange: lab.addresses.exchange,
      trustedSuffixes: [],
    },
    { retryBaseMs: 10 },
  );
  await createDomain(graph, world.domain);
  expect(await verifyDomain(graph, world.domain)).toMatchObject({ outcome: "not-yet" });
  await ownDomain();
  const domain = await getDomain(graph, world.domain);
  expect(domain).toMatchObject({ isVerified: true, supportedServices: ["Email"] });
  if (domain !== undefined) await enableEmail(graph, domain);
  expect(await listAcceptedDomains(exchange)).toHaveLength(2);

  const { exchangeServer, rpcProxyServer, account, password } = world.source;
  const endpoint = {
    name: "ep",
    servers: { exchangeServer, rpcProxyServer },
    account: { userName: account, password },
  };
  expect(await createMigrationEndpoint(powershell, endpoint, exchange)).toMatchObject({
    name: "ep",
    userName: account,
  });
  expect(await testMigrationEndpoint(exchange, { endpoint: "ep" })).toMatchObject({ success: true });

  lab.faults.set({ kind: "503-after", route: "New-MigrationBatch", count: 1 });
  lab.faults.set({ kind: "redirect", service: "exchange", count: 1, route: "Get-MigrationBatch" });
  const csvData = Buffer.from(
    `EmailAddress\n${world.mailboxes.map(({ emailAddress }) => emailAddress).join("\n")}\n`,
  );
  await createMigrationBatch(exchange, { name: "wave1", csvData, sourceEndpoint: "ep", autoStart: true });
  await lab.advance(7200);
  expect(await getMigrationBatch(exchange, "wave1")).toMatchObject({
    status: "Synced",
    syncedCount: 45,
    totalCount: 45,
  });
  expect(await getMigrationBatch(exchange, "nobody")).toBeUndefined();
  expect(await listMigrationUsers(exchange, { batch: "wave1", statusSummary: "Synced" })).toHaveLength(45);
  const mailboxes = await listMailboxes(exchange);
  expect(mailboxes[0]).toMatchObject({
    primarySmtpAddress: addressOf(0),
    recipientTypeDetails: "UserMailbox",
  });

  const users = await listUsers(graph);
  const ids = users.slice(0, 5).map(({ id }) => id);
  await setUsageLocation(graph, ids, "US");
  expect(await assignLicenses(graph, ids, { skuId: world.sku.skuId })).toEqual(
    ids.map((userId) => ({ userId, done: true })),
  );
  const [sixth] = users.slice(5).map(({ id }) => id);
  expect(await assignLicenses(graph, [sixth ?? ""], { skuId: world.sku.skuId })).toMatchObject([
    { done: false },
  ]);
  expect(
    await addGroupMembers(
      graph,
      group,
      users.slice(10, 35).map(({ id }) => id),
    ),
  ).toHaveLength(25);

  await removeMigrationBatch(exchange, "wave1");
  await lab.advance(61);
  expect(await getMigrationBatch(exchange, "wave1")).toBeUndefined();
  expect((await lab.state()).alarms.map(({ code }) => code)).toEqual(["batch-removed-early"]);
  await lab.close();
});
