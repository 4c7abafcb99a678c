import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MailstageError } from "../src/base/problem.js";
import { addressesOf, portsOf, type Running } from "./addresses.js";
import { defaultBehaviour } from "./behaviour.js";
import { createAuthority, exportAuthority, importAuthority } from "./certificates.js";
import { createClock } from "./clock.js";
import { startControl } from "./control.js";
import { Customer } from "./customer.js";
import { reviewer } from "./directory-content.js";
import { watchAnswers, watchedDns } from "./dns/lost-answers.js";
import { hostToken, startDnsHosting } from "./dns-hosts.js";
import { environmentOf, writeFiles } from "./environment.js";
import { FaultBoard } from "./faults.js";
import { freshTenant } from "./fresh-tenant.js";
import { watchAddresses } from "./harms.js";
import type { Lab, LabOptions, LabPorts } from "./lab.js";
import { labState } from "./lab-state.js";
import { startMicrosoft } from "./microsoft.js";
import { MigrationService } from "./migration/service.js";
import { startNameServers } from "./name-servers.js";
import { overridePlan } from "./plan-overrides.js";
import { refuseTakenPorts } from "./ports-taken.js";
import { startPremises } from "./premises.js";
import { RequestCounter, type RequestCounts } from "./requests.js";
import { LabSecrets } from "./secrets.js";
import { settling } from "./settling.js";
import { statePartsOf } from "./state-parts.js";
import { readState, StateStore } from "./store.js";
import { Tenant } from "./tenant.js";
import type { World } from "./world.js";

/** How often changes that came by DNS or LDAP are looked for, in real milliseconds. */
const watchMs = 1000;

/**
 * Starts a lab: all servers on loopback, one clock, one state. Throws MailstageError when there is neither a world nor a
 * state file, or the state file is not a lab's.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const saved = options.stateFile === undefined ? undefined : await readState(options.stateFile);
  const world = worldOf(options, saved?.world);
  const host = options.host ?? "127.0.0.1";
  const dnsHost = options.dnsHost ?? "rfc2136";
  const ahead = options.startAt === undefined ? 0 : options.startAt.getTime() - Date.now();
  const clock = createClock(saved?.clockOffsetMs ?? ahead);
  // Certificates are judged by the machine's time and, in the preflight, by the service's.
  const earliest = new Date(Math.min(clock.now().getTime(), Date.now()));
  const authority =
    saved === undefined ? await createAuthority({ now: earliest }) : await importAuthority(saved.authority);
  const tokenSecret = saved?.tokenSecret ?? randomBytes(32).toString("base64url");
  const ports: LabPorts = { ...saved?.ports, ...options.ports };
  await refuseTakenPorts(host, ports);
  const faults = new FaultBoard();
  faults.behave({ ...(saved?.behaviour ?? defaultBehaviour), latencyMs: options.latencyMs });
  const counter = new RequestCounter();

  const secrets = new LabSecrets({
    MAILSTAGE_SOURCE_PASSWORD: world.source.password,
    MAILSTAGE_DIRECTORY_PASSWORD: world.directory.password,
    AZURE_CLIENT_SECRET: world.application.clientSecret,
    MAILSTAGE_TSIG_SECRET: world.tsig.secret,
    CLOUDFLARE_API_TOKEN: hostToken(tokenSecret, dnsHost),
  });
  const updated = watchAnswers(
    () => tenant.alarms,
    world.domain,
    () => clock.now().getTime(),
  );
  const nameServers = await startNameServers({
    world,
    zones: saved?.zones,
    secrets,
    secondary: options.secondary === true,
    updated,
    faults,
    clock,
    host,
    ports,
  });
  const { dns, secondary } = nameServers;
  const premises = await startPremises({
    world,
    authority,
    clock,
    host,
    ports,
    faults,
    entries: saved?.directory,
  });
  const tenant = new Tenant(world, saved?.tenant ?? freshTenant(world, clock.now().getTime()));
  const migration = new MigrationService(tenant, premises);
  const customer = new Customer(tenant, premises, clock);
  const watchAddress = watchAddresses(world, tenant, () => secrets.ever);

  const { settle, mailGoesTo } = settling({
    clock,
    tenant,
    migration,
    customer,
    premises,
    dns,
    servers: secondary === undefined ? [dns] : [dns, secondary],
    behaviour: () => faults.behaviour,
  });
  const advance = async (seconds: number) => {
    await settle();
    clock.advance(seconds);
    await settle();
    store.changed();
  };

  const tls = await authority.issue({
    names: ["localhost"],
    ips: [...new Set(["127.0.0.1", ...(host === "localhost" ? [] : [host])])],
  });
  const asked = (url: URL) => watchAddress(url, clock.now().getTime());
  const microsoft = await startMicrosoft({
    server: { host, ...tls, clock, faults, counter, changed: () => store.changed(), asked },
    ports,
    tokenSecret,
    clientSecret: () => secrets.of("AZURE_CLIENT_SECRET"),
    tenant,
    migration,
    premises,
    dns,
    settle,
  });
  const hosting = await startDnsHosting({
    dnsHost,
    world,
    dns: watchedDns(dns, updated),
    host,
    port: ports.dnsHost,
    records: saved?.cloudflareRecords ?? [],
    tokenSecret,
    secrets,
    now: clock.now,
    faults,
    changed: () => void settle().then(() => store.changed()),
  });
  const state = async () => {
    const now = await settle();
    return labState(tenant, premises, dns, faults.behaviour, mailGoesTo(), now);
  };
  const requests = (): RequestCounts => ({
    ...counter.counts(),
    dns: { ...dns.requests },
    directory: {
      bind: premises.directory.requests.bind,
      search: premises.directory.requests.search,
      modify: premises.directory.requests.modify,
    },
  });
  const control = await startControl({
    host,
    port: ports.control ?? 0,
    faults,
    counter,
    migration,
    administrator: microsoft.administrator,
    customer,
    now: clock.now,
    advance,
    state,
    requests,
    setRecordSet: (set) => dns.setRecordSet(set),
    changed: () => store.changed(),
    // The answer goes out before the servers stop.
    stop: () => void setImmediate(() => void close()),
  });
  const running: Running = { microsoft, control, nameServers, premises, hosting };
  const kept = { world, authority: await exportAuthority(authority), tokenSecret, ports: portsOf(running) };
  const store = new StateStore(options.stateFile, () =>
    statePartsOf(kept, { clock, faults, tenant, dns, hosting, premises }),
  );
  const files =
    options.stateFile === undefined
      ? await mkdtemp(join(tmpdir(), "mailstage-lab-"))
      : `${options.stateFile}.files`;
  const written = await writeFiles(files, authority.caPem, dnsHost);

  let seen = "";
  const watch = setInterval(() => {
    const version = `${dns.requests.updates} ${premises.version()}`;
    if (version === seen) return;
    seen = version;
    void settle().then(() => store.changed());
  }, watchMs);
  watch.unref();
  await store.flush();

  let closing: Promise<void> | undefined;
  const { authority: signIn, graph, exchange, regional } = microsoft;
  const shutDown = async () => {
    clearInterval(watch);
    faults.clear();
    await Promise.all([signIn, graph, exchange, regional, control, hosting].map((server) => server.close()));
    await settle();
    await store.flush();
    await Promise.all([nameServers.close(), premises.close()]);
    if (options.stateFile === undefined) await rm(files, { recursive: true, force: true });
  };
  const close = (): Promise<void> => {
    closing ??= shutDown();
    return closing;
  };

  const addresses = addressesOf(running, host);
  return {
    addresses,
    caFile: written.caFile,
    get environment() {
      return environmentOf(world, written, secrets, hosting);
    },
    rotate(name, value) {
      secrets.rotate(name, value);
      if (name === "MAILSTAGE_SOURCE_PASSWORD") premises.setPassword("source", value);
      if (name === "MAILSTAGE_DIRECTORY_PASSWORD") premises.setPassword("directory", value);
    },
    reviewEnvironment: {
      MAILSTAGE_REVIEW_DIRECTORY_DN: reviewer(world).dn,
      MAILSTAGE_DIRECTORY_PASSWORD: reviewer(world).password,
    },
    planOverrides: (plan) => overridePlan(plan, world, addresses, hosting.plan),
    clock,
    advance,
    state,
    requests,
    clearRequests: () => counter.clear(),
    faults,
    close,
  };
}

function worldOf(options: LabOptions, saved: World | undefined): World {
  const world = saved ?? options.world;
  if (world !== undefined) return world;
  throw new MailstageError({
    code: "lab-without-world",
    subject: options.stateFile ?? "the lab",
    reason: "there is no state to go on from and no plan to begin with",
    hint: "Start the lab from a folder with a plan, or name the state file of an earlier run",
  });
}
