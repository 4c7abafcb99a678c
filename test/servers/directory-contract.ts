import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Attribute, Change, Client, EqualityFilter, OrFilter, PresenceFilter } from "ldapts";
import {
  convertedAttributes,
  textsOf,
  toOctets,
  valuesOf,
} from "../../src/on-premises/directory/attributes.js";
import { daclOnly, permissiveModify } from "../../src/on-premises/directory/controls.js";
import { userClassGuid } from "../../src/on-premises/directory/grants.js";
import { guidOf } from "../../src/on-premises/directory/guid.js";
import {
  type AttributeValue,
  type AttributeValues,
  applyConversions,
  type CloudMailbox,
  type ConversionPlan,
  checkConversionRights,
  checkReceiveAs,
  checkWriteTargetAddress,
  connectDirectory,
  type Directory,
  type DirectorySettings,
  type DirectoryUser,
  disableUnifiedMessaging,
  enableUnifiedMessaging,
  findAccount,
  grantTargetAddress,
  hasTargetAddressGrant,
  isPlan,
  listMailboxes,
  planConversion,
  readSnapshot,
  readUsers,
  restoreUsers,
  revokeTargetAddress,
  surveyUnifiedMessaging,
  takeSnapshot,
} from "../../src/on-premises/directory/index.js";
import {
  type AccessList,
  aceFlags,
  parseDescriptor,
  serializeDescriptor,
  withAce,
} from "../../src/on-premises/directory/security-descriptor.js";
import {
  addresses,
  adminDn,
  adminPassword,
  databaseDn,
  migrationDn,
  migrationPassword,
  namingContext,
  staffDn,
} from "./directory-fixture.js";

/** What a server can do; a case that needs more is not run against it. */
export type Capability =
  /** It computes `allowedAttributesEffective`, keeps security descriptors and gives objectGUIDs. */
  | "active-directory"
  /** Its rights by attribute are those of access lists, for every attribute; the lab knows targetAddress only. */
  | "access-lists"
  /** It holds two values of a list that differ by case only, as Samba does where they come in one replacement. */
  | "repeated-values"
  /** The permissive control lets a value be deleted that is not there; slapd forgives an absent attribute only. */
  | "permissive-values";

/** A server with the fixture loaded, for one run of the contract. */
export interface TestServer {
  readonly ldapsUrl: string;
  readonly ldapUrl: string;
  stop(): Promise<void>;
}

const migrated = { flavour: "2007", recipientTypeDetails: "128" } as const;

function cloudMailbox(address: string): CloudMailbox {
  const alias = address.split("@")[0] ?? address;
  return {
    primarySmtpAddress: address,
    legacyExchangeDn: `/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=${alias}-cloud`,
    emailAddresses: [`SMTP:${address}`, `smtp:${encodeURIComponent(alias)}@contoso.onmicrosoft.com`],
    exchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
  };
}

/** Values in one order, and DNs in one case: slapd writes `cn=` for `CN=`. */
function comparable(attributes: AttributeValues): Record<string, string[]> {
  const text = (value: AttributeValue) => JSON.stringify(value).replace(/^"cn=.*/i, (dn) => dn.toLowerCase());
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [name, values.map(text).sort()]),
  );
}

/** The contract every directory must keep with us, or we with it. */
export function directoryContract(start: () => Promise<TestServer>, offered: readonly Capability[]): void {
  const has = (capability: Capability) => offered.includes(capability);
  const requires = (capability: Capability) => (has(capability) ? it : it.skip);
  let server: TestServer;
  let directory: Directory;
  const settings = (over: Partial<DirectorySettings> = {}): DirectorySettings => ({
    url: server.ldapsUrl,
    bindDn: adminDn,
    baseDn: namingContext,
    pageSize: 3,
    ...over,
  });
  const asMigration = () => connectDirectory(settings({ bindDn: migrationDn }), migrationPassword);
  const read = async (address: string): Promise<DirectoryUser> => {
    const user = (await readUsers(directory, [address])).users.get(address);
    if (user === undefined) throw new Error(`${address} is not there`);
    return user;
  };
  const plan = (user: DirectoryUser, address: string): ConversionPlan => {
    const made = planConversion(user, cloudMailbox(address), migrated);
    if (!isPlan(made)) throw new Error(made.reason);
    return made;
  };

  const writeDacl = async (dn: string, dacl: AccessList) => {
    const octets = serializeDescriptor({ control: 0x8004, resourceManager: 0, dacl });
    const values = [{ base64: octets.toString("base64") }];
    await directory.modify(
      dn,
      [{ operation: "replace", attribute: "nTSecurityDescriptor", values }],
      [daclOnly()],
    );
  };
  const readDacl = async (dn: string): Promise<AccessList> => {
    const [entry] = await directory.search({
      base: dn,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: ["nTSecurityDescriptor"],
      controls: [daclOnly()],
    });
    const [octets] = valuesOf(entry?.attributes ?? {}, "nTSecurityDescriptor");
    const none = { revision: 4, aces: [] };
    return octets === undefined ? none : (parseDescriptor(toOctets(octets)).dacl ?? none);
  };
  /** The schemaIDGUID of each attribute, from the directory's own schema. */
  const schemaIds = async (names: readonly string[]): Promise<string[]> => {
    const client = new Client({ url: server.ldapsUrl });
    await client.bind(adminDn, adminPassword);
    const { searchEntries } = await client.search(`CN=Schema,CN=Configuration,${namingContext}`, {
      scope: "one",
      filter: new OrFilter({
        filters: names.map((value) => new EqualityFilter({ attribute: "lDAPDisplayName", value })),
      }),
      attributes: ["schemaIDGUID"],
      explicitBufferAttributes: ["schemaIDGUID"],
    });
    await client.unbind();
    expect(searchEntries).toHaveLength(names.length);
    return searchEntries.flatMap(({ schemaIDGUID }) =>
      Buffer.isBuffer(schemaIDGUID) ? (guidOf({ base64: schemaIDGUID.toString("base64") }) ?? []) : [],
    );
  };

  beforeAll(async () => {
    server = await start();
    directory = await connectDirectory(settings(), adminPassword);
  }, 60_000);
  afterAll(async () => {
    await directory?.close();
    await server?.stop();
  });

  describe("connecting", () => {
    it("binds over LDAPS and over StartTLS", async () => {
      const other = await connectDirectory(settings({ url: server.ldapUrl }), adminPassword);
      const { users } = await readUsers(other, [addresses.plain]);
      expect(users.get(addresses.plain)?.address).toBe(addresses.plain);
      await other.close();
    });

    it("names a wrong password, and does not repeat it", async () => {
      const failure = connectDirectory(settings(), "not-the-passw0rd");
      await expect(failure).rejects.toMatchObject({ code: "directory-credentials" });
      await expect(failure).rejects.not.toThrow(/not-the-passw0rd/);
    });

    it("refuses an empty password before the server would take it for anonymous", async () => {
      await expect(connectDirectory(settings(), "")).rejects.toMatchObject({ code: "directory-credentials" });
    });

    it.each(["ldapsUrl", "ldapUrl"] as const)("refuses a certificate for other names (%s)", async (kind) => {
      const { protocol, hostname, port } = new URL(server[kind]);
      const tunnel = createServer((socket) => {
        const onward = connect(Number(port), hostname);
        socket.on("error", () => onward.destroy()).pipe(onward);
        onward.on("error", () => socket.destroy()).pipe(socket);
      }).listen(0, "localhost");
      await once(tunnel, "listening");
      const address = tunnel.address();
      const url = `${protocol}//localhost:${typeof address === "object" ? address?.port : 0}`;
      await expect(connectDirectory(settings({ url }), adminPassword)).rejects.toMatchObject({
        code: "directory-tls",
        problems: [{ status: "ERR_TLS_CERT_ALTNAME_INVALID" }],
      });
      tunnel.close();
    });

    it("gets no password accepted without TLS", async () => {
      const client = new Client({ url: server.ldapUrl });
      const code = await client.bind(adminDn, adminPassword).then(
        () => 0,
        (error: { code: number }) => error.code,
      );
      await client.unbind();
      expect([8, 13]).toContain(code);
    });
  });

  describe("reading users", () => {
    it("finds them by any address in any case, over several pages, and says what is missing or held twice", async () => {
      const wave = Array.from({ length: 12 }, (_, index) => `wave${index}@contoso.com`);
      const result = await readUsers(directory, [
        ...wave,
        "PILAR@contoso.com",
        addresses.escaped,
        addresses.shared,
        "nobody@contoso.com",
      ]);
      expect([...result.users.keys()].sort()).toEqual(
        [...wave, "PILAR@contoso.com", addresses.escaped].sort(),
      );
      expect(result.users.get("PILAR@contoso.com")?.address).toBe(addresses.plain);
      expect(result.missing).toEqual(["nobody@contoso.com"]);
      expect(result.ambiguous.map(({ address, dns }) => [address, dns.length])).toEqual([
        [addresses.shared, 2],
      ]);
    });

    it("gives octets as octets and leaves absent attributes out", async () => {
      const user = await read(addresses.plain);
      expect(valuesOf(user.attributes, "msExchMailboxGuid")).toEqual([{ base64: expect.any(String) }]);
      expect(user.attributes).not.toHaveProperty("targetAddress");
      expect(user.protectedAccount).toBe(false);
      expect((await read(addresses.protected)).protectedAccount).toBe(true);
    });

    it("counts a holder elsewhere in the domain, who is no user of the plan", async () => {
      const narrow = await connectDirectory(settings({ baseDn: staffDn }), adminPassword);
      const { users, missing, ambiguous } = await readUsers(narrow, [
        addresses.plain,
        addresses.elsewhere,
        addresses.halfElsewhere,
      ]);
      await narrow.close();
      expect([...users.keys()]).toEqual([addresses.plain]);
      expect(missing).toEqual([addresses.elsewhere]);
      expect(ambiguous.map(({ address, dns }) => [address, dns.length])).toEqual([
        [addresses.halfElsewhere, 2],
      ]);
    });

    requires("active-directory")("gives each user its objectGUID", async () => {
      expect((await read(addresses.plain)).objectGuid).toMatch(/^[0-9a-f]{8}-/);
    });
  });

  describe("accounts", () => {
    requires("active-directory")(
      "are found by DOMAIN\\user and by the address that stands nowhere, and never by another domain's name",
      async () => {
        const { dn } = await findAccount(directory, migrationDn);
        expect((await findAccount(directory, "CORP\\migadmin")).dn).toBe(dn);
        expect((await findAccount(directory, "corp.contoso.com\\migadmin")).dn).toBe(dn);
        expect((await findAccount(directory, "migadmin@corp.contoso.com")).dn).toBe(dn);
        await expect(findAccount(directory, "OTHERDOM\\migadmin")).rejects.toMatchObject({
          code: "directory-account-domain",
        });
        const bound = await connectDirectory(
          settings({ bindDn: "migadmin@corp.contoso.com" }),
          migrationPassword,
        );
        await bound.close();
      },
    );
  });

  describe("reading mailboxes", () => {
    it("finds every one of the domain with all its addresses and what it is for, and nobody without a mailbox", async () => {
      const found = await listMailboxes(directory);
      const plain = found.find(({ primary }) => primary === addresses.plain);
      expect(plain).toMatchObject({ kind: "user" });
      expect([...(plain?.addresses ?? [])].sort()).toEqual([
        "p.pinilla@contoso.com",
        "pilar@contoso.com",
        addresses.plain,
      ]);
      expect(found.filter(({ primary }) => /^wave\d+@/.test(primary))).toHaveLength(12);
      expect(found.some(({ addresses: held }) => held.includes(addresses.contact))).toBe(false);
      expect(found.some(({ dn }) => dn.toLowerCase() === migrationDn.toLowerCase())).toBe(false);
    });
  });

  describe("permissions", () => {
    requires("active-directory")(
      "names who may not be written before the grant, and nobody but the protected after it",
      async () => {
        const { sid } = await findAccount(directory, migrationDn);
        const asked = [addresses.plain, addresses.protected, "nobody@contoso.com"];
        const before = await asMigration();
        const denied = await checkWriteTargetAddress(before, asked);
        await before.close();
        expect(denied.denied.map(({ address, protectedAccount }) => [address, protectedAccount])).toEqual([
          [addresses.plain, false],
          [addresses.protected, true],
        ]);
        expect(denied.unknown).toEqual(["nobody@contoso.com"]);

        expect(await grantTargetAddress(directory, staffDn, sid)).toBe(true);
        expect(await grantTargetAddress(directory, staffDn, sid)).toBe(false);
        const after = await asMigration();
        const allowed = await checkWriteTargetAddress(after, [addresses.plain]);
        expect(allowed).toEqual({ denied: [], unknown: [] });
        await after.modify((await read(addresses.stale)).dn, [
          {
            operation: "replace",
            attribute: "targetAddress",
            values: ["SMTP:stale@contoso.onmicrosoft.com"],
          },
        ]);
        await after.close();

        expect(await hasTargetAddressGrant(directory, staffDn, sid)).toBe(true);
        expect(await revokeTargetAddress(directory, staffDn, sid)).toBe(true);
        expect(await hasTargetAddressGrant(directory, staffDn, sid)).toBe(false);
        const again = await asMigration();
        expect((await checkWriteTargetAddress(again, [addresses.plain])).denied).toHaveLength(1);
        await again.close();
      },
    );

    requires("active-directory")(
      "sees that the administrator may convert and the migration account may not",
      async () => {
        expect(await checkConversionRights(directory, [addresses.plain])).toEqual({
          denied: [],
          unknown: [],
        });
        const other = await asMigration();
        const { denied } = await checkConversionRights(other, [addresses.plain]);
        await other.close();
        expect(denied[0]?.attributes).toContain("homeMDB");
      },
    );

    requires("active-directory")("sees Receive As on a database, and a deny before it", async () => {
      const { sid } = await findAccount(directory, migrationDn);
      const ace = {
        allow: true,
        flags: 0,
        mask: 0x100,
        objectType: "ab721a56-1e2f-11d0-9819-00aa0040529b",
        sid,
      };
      expect(await checkReceiveAs(directory, databaseDn, sid)).toEqual({ answer: "absent" });
      await writeDacl(databaseDn, withAce(await readDacl(databaseDn), ace));
      expect(await checkReceiveAs(directory, databaseDn, sid)).toEqual({ answer: "allowed", by: sid });
      await writeDacl(databaseDn, withAce(await readDacl(databaseDn), { ...ace, allow: false }));
      expect(await checkReceiveAs(directory, databaseDn, sid)).toEqual({ answer: "denied", by: sid });
    });

    requires("access-lists")(
      "lets a plain account convert once it has been granted each attribute, and names what it lacks before",
      async () => {
        const address = addresses.delegated;
        const { sid } = await findAccount(directory, migrationDn);
        const other = await asMigration();
        const before = await checkConversionRights(other, [address]);
        expect(before.denied).toMatchObject([{ address, attributes: [...convertedAttributes].sort() }]);

        const former = await readDacl(staffDn);
        let granted = former;
        for (const guid of await schemaIds(convertedAttributes))
          granted = withAce(granted, {
            allow: true,
            flags: aceFlags.containerInherit | aceFlags.inheritOnly,
            mask: 0x20,
            objectType: guid,
            inheritedObjectType: userClassGuid,
            sid,
          });
        await writeDacl(staffDn, granted);
        expect(await checkConversionRights(other, [address])).toEqual({ denied: [], unknown: [] });
        expect(await applyConversions(other, [plan(await read(address), address)])).toEqual({
          converted: [address],
          failed: [],
        });
        await writeDacl(staffDn, former);
        await other.close();
        expect(plan(await read(address), address).already).toBe(true);
      },
    );

    it("refuses a conversion by an account without the right, and names the remedy", async () => {
      const user = await read(addresses.plain);
      const other = await asMigration();
      const result = await applyConversions(other, [plan(user, addresses.plain)]);
      await other.close();
      expect(result.converted).toEqual([]);
      expect(result.failed).toMatchObject([
        { code: "directory-access", subject: addresses.plain, status: 50 },
      ]);
      expect((await read(addresses.plain)).attributes).toEqual(user.attributes);
    });
  });

  describe("converting", () => {
    it.each([addresses.plain, addresses.escaped])(
      "turns %s into a mail user in one step, and a second run changes nothing",
      async (address) => {
        const before = await read(address);
        const planned = plan(before, address);
        expect(await applyConversions(directory, [planned])).toEqual({
          converted: [before.address],
          failed: [],
        });
        const after = await read(address);
        expect(after.attributes).not.toHaveProperty("homeMDB");
        expect(textsOf(after.attributes, "targetAddress")).toEqual([
          expect.stringMatching(/^SMTP:.*@contoso\.onmicrosoft\.com$/),
        ]);
        const proxies = textsOf(after.attributes, "proxyAddresses");
        expect(proxies.filter((proxy) => proxy.startsWith("SMTP:"))).toEqual([`SMTP:${address}`]);
        expect(proxies).toEqual(expect.arrayContaining([...textsOf(before.attributes, "proxyAddresses")]));
        expect(proxies.filter((proxy) => proxy.startsWith("X500:"))).toHaveLength(2);
        expect(valuesOf(after.attributes, "msExchMailboxGuid")).toEqual([
          { base64: "C4pqny0cP06AkaKzxNXm9w==" },
        ]);
        expect(plan(after, address)).toMatchObject({ already: true, changes: [] });
        expect(await applyConversions(directory, [planned])).toEqual({
          converted: [before.address],
          failed: [],
        });
      },
    );

    it("converts a wave with several modifies under way and reports the progress", async () => {
      const wave = Array.from({ length: 12 }, (_, index) => `wave${index}@contoso.com`);
      const { users } = await readUsers(directory, wave);
      const seen: number[] = [];
      const result = await applyConversions(
        directory,
        [...users].map(([address, user]) => plan(user, address)),
        { concurrency: 4, onProgress: ({ done }) => seen.push(done) },
      );
      expect(result.failed).toEqual([]);
      expect([...result.converted].sort()).toEqual([...wave].sort());
      expect(seen.at(-1)).toBe(12);
    });

    it("leaves a user whole who was changed since the preview", async () => {
      const planned = plan(await read(addresses.raced), addresses.raced);
      await directory.modify(planned.dn, [
        {
          operation: "replace",
          attribute: "msExchHomeServerName",
          values: ["/o=First Organization/cn=EX02"],
        },
      ]);
      const changed = await read(addresses.raced);
      const { converted, failed } = await applyConversions(directory, [planned]);
      expect(converted).toEqual([]);
      expect(failed).toMatchObject([{ code: "directory-changed", subject: addresses.raced }]);
      expect((await read(addresses.raced)).attributes).toEqual(changed.attributes);
    });

    it("takes every spelling of an address away by value, and adds one", async () => {
      const [doubled] = (await readUsers(directory, [addresses.doubled])).users.values();
      if (doubled === undefined) return expect(has("repeated-values")).toBe(false);
      const planned = plan(doubled, addresses.doubled);
      const { dn } = doubled;
      await directory.modify(dn, [
        { operation: "add", attribute: "proxyAddresses", values: ["smtp:meanwhile@contoso.com"] },
      ]);
      expect((await applyConversions(directory, [planned])).failed).toEqual([]);
      const proxies = textsOf((await read(addresses.doubled)).attributes, "proxyAddresses");
      expect(proxies.filter((proxy) => /doubled@/i.test(proxy) && !proxy.startsWith("X500:"))).toEqual([
        `SMTP:${addresses.doubled}`,
      ]);
      expect(proxies).toContain("smtp:meanwhile@contoso.com");
      const folder = await mkdtemp(join(tmpdir(), "mailstage-doubled-"));
      await takeSnapshot(join(folder, "wave.jsonl"), [doubled]);
      const { restored, failed } = await restoreUsers(
        directory,
        await readSnapshot(join(folder, "wave.jsonl")),
        [addresses.doubled],
      );
      expect([restored, failed]).toEqual([[addresses.doubled], []]);
      expect(textsOf((await read(addresses.doubled)).attributes, "proxyAddresses")).toEqual(
        expect.arrayContaining([
          ...textsOf(doubled.attributes, "proxyAddresses"),
          "smtp:meanwhile@contoso.com",
        ]),
      );
      await rm(folder, { recursive: true });
    });

    requires("active-directory")(
      "converts a user who was moved since, wherever the user is now",
      async () => {
        const planned = plan(await read(addresses.moved), addresses.moved);
        const client = new Client({ url: server.ldapsUrl });
        await client.bind(adminDn, adminPassword);
        await client
          .modifyDN(planned.dn, `CN=moved and renamed,CN=Users,${namingContext}`)
          .catch((error: unknown) => {
            if (has("access-lists")) throw error;
          });
        await client.unbind();
        expect((await applyConversions(directory, [planned])).failed).toEqual([]);
        const after = await read(addresses.moved);
        expect(after.attributes).not.toHaveProperty("homeMDB");
        expect(after.objectGuid).toBe(planned.objectGuid);
      },
    );

    requires("permissive-values")(
      "would overwrite such a change with the permissive control, which is why it is not sent",
      async () => {
        const { dn } = await read(addresses.raced);
        const stale = new Change({
          operation: "delete",
          modification: new Attribute({ type: "msExchHomeServerName", values: ["stale"] }),
        });
        const client = new Client({ url: server.ldapsUrl });
        await client.bind(adminDn, adminPassword);
        await expect(client.modify(dn, stale)).rejects.toMatchObject({ code: 16 });
        await expect(client.modify(dn, stale, permissiveModify())).resolves.toBeUndefined();
        await client.unbind();
      },
    );

    it("restores exactly what the snapshot has, and says what only Exchange can bring back", async () => {
      const folder = await mkdtemp(join(tmpdir(), "mailstage-snapshot-"));
      const file = join(folder, "wave1.jsonl");
      const before = await read(addresses.restored);
      expect(await takeSnapshot(file, [before])).toEqual({ added: 1, kept: 0 });
      await applyConversions(directory, [plan(before, addresses.restored)]);
      expect(await takeSnapshot(file, [await read(addresses.restored)])).toEqual({ added: 0, kept: 1 });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await readFile(file, "utf8")).trim().split("\n")).toHaveLength(1);

      const result = await restoreUsers(directory, await readSnapshot(file), [
        addresses.restored,
        "nobody@contoso.com",
      ]);
      expect(result.restored).toEqual([addresses.restored]);
      expect(result.failed).toMatchObject([
        { code: "restore-not-in-snapshot", subject: "nobody@contoso.com" },
      ]);
      expect(result.manual[0]?.command).toMatch(
        /^Connect-Mailbox -Identity [0-9a-f-]{36} -Database 'EX01\\First Storage Group\\Mailbox Database' -User /,
      );
      const after = await read(addresses.restored);
      expect(comparable(after.attributes)).toEqual(comparable(before.attributes));
      expect(
        (await restoreUsers(directory, await readSnapshot(file), [addresses.restored])).unchanged,
      ).toEqual([addresses.restored]);
      await rm(folder, { recursive: true });
    });

    it("keeps the database's other users pointing at it", async () => {
      expect(textsOf((await read(addresses.protected)).attributes, "homeMDB")).toEqual([databaseDn]);
    });
  });

  describe("Unified Messaging", () => {
    it("is listed, switched off, and brought back as it was", async () => {
      const asked = [addresses.unifiedMessaging, addresses.protected];
      const { users } = await surveyUnifiedMessaging(directory, asked);
      expect(users.map(({ address }) => address)).toEqual([addresses.unifiedMessaging]);
      expect((await disableUnifiedMessaging(directory, users)).changed).toEqual([addresses.unifiedMessaging]);
      expect((await surveyUnifiedMessaging(directory, asked)).users).toEqual([]);
      expect((await disableUnifiedMessaging(directory, users)).unchanged).toEqual([
        addresses.unifiedMessaging,
      ]);
      const kept: typeof users = JSON.parse(JSON.stringify(users));
      expect((await enableUnifiedMessaging(directory, kept)).changed).toEqual([addresses.unifiedMessaging]);
      const { users: again } = await surveyUnifiedMessaging(directory, asked);
      expect(again.map(({ settings }) => comparable(settings))).toEqual(
        users.map(({ settings }) => comparable(settings)),
      );
    });
  });
}
