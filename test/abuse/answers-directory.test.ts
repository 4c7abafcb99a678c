import { createServer, setDefaultCACertificates } from "node:tls";
import { createAuthority } from "../../lab/certificates.js";
import {
  decodeRequest,
  encodeEntry,
  encodeResult,
  messageLength,
  responseTags,
} from "../../lab/directory/wire.js";
import {
  checkReceiveAs,
  connectDirectory,
  type Directory,
  findAccount,
  hasTargetAddressGrant,
  isPlan,
  planConversion,
  readUsers,
  surveyUnifiedMessaging,
} from "../../src/on-premises/directory/index.js";
import { named } from "./named-failure.js";

const address = "anna@contoso.com";
const dn = "CN=anna,DC=contoso,DC=com";
const sid = "S-1-5-21-1-2-3-1104";
type Values = Readonly<Record<string, readonly (string | Buffer)[]>>;
const user: Values = {
  objectClass: ["top", "user"],
  proxyAddresses: [`SMTP:${address}`],
  legacyExchangeDN: ["/o=Contoso/cn=anna"],
  mail: [address],
};
const mailbox = {
  primarySmtpAddress: address,
  legacyExchangeDn: "/o=ExchangeLabs/cn=anna",
  emailAddresses: [`SMTP:${address}`, "smtp:anna@contoso.onmicrosoft.com"],
  exchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
};
const plan = async (directory: Directory) => {
  const { users, missing, ambiguous } = await readUsers(directory, [address]);
  const [found] = users.values();
  if (found === undefined) return { missing, ambiguous };
  const made = planConversion(found, mailbox, { flavour: "2007", recipientTypeDetails: "128" });
  return isPlan(made) ? made.changes : { refused: `${made.subject} ${made.reason}` };
};

describe("what a directory says that is not as it should be", () => {
  let entry: Values = user;
  let spoil = (message: Buffer) => message;
  let directory: Directory;
  let close: () => void;

  beforeAll(async () => {
    const authority = await createAuthority();
    setDefaultCACertificates([authority.caPem]);
    const tls = await authority.issue({ names: ["dc1.contoso.com"], ips: ["127.0.0.1"] });
    const server = createServer({ ...tls }, (socket) => {
      let received = Buffer.alloc(0);
      socket.on("error", () => socket.destroy());
      socket.on("data", (part) => {
        received = Buffer.concat([received, part]);
        for (let size = messageLength(received); size !== undefined; size = messageLength(received)) {
          const { id, operation } = decodeRequest(received.subarray(0, size));
          received = received.subarray(size);
          if (operation.kind === "bind") socket.write(encodeResult(id, responseTags.bind, { code: 0 }));
          if (operation.kind !== "search") continue;
          if (operation.base !== "") {
            const attributes = Object.entries(entry).map(([name, values]) => ({
              name,
              values: values.map((value) => Buffer.from(value)),
            }));
            socket.write(spoil(encodeEntry(id, { dn, attributes })));
          }
          socket.write(encodeResult(id, responseTags.search, { code: 0 }, ""));
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    const port = typeof bound === "object" ? bound?.port : 0;
    const settings = {
      url: `ldaps://127.0.0.1:${port}`,
      bindDn: dn,
      baseDn: "DC=contoso,DC=com",
      pageSize: 100,
    };
    directory = await connectDirectory(settings, "secret-of-the-admin");
    close = () => server.close();
  }, 30_000);
  beforeEach(() => {
    spoil = (message) => message;
  });
  afterAll(async () => {
    await directory?.close();
    close?.();
  });

  test("as it should be, it is read", async () => {
    entry = user;
    expect(await named(plan(directory))).toEqual({ result: expect.arrayContaining([expect.anything()]) });
  });

  const noUtf8 = Buffer.from([0x73, 0x6d, 0x74, 0x70, 0x3a, 0xff, 0xfe]);
  test.each<[string, Values, unknown]>([
    ["no attribute at all", {}, { missing: [address], ambiguous: [] }],
    [
      "a class that is none",
      { ...user, objectClass: [Buffer.from([0xff])] },
      { missing: [address], ambiguous: [] },
    ],
    [
      "no legacyExchangeDN",
      { ...user, legacyExchangeDN: [] },
      { refused: expect.stringMatching(/no legacyExchangeDN/) },
    ],
    [
      "a proxy that is no UTF-8",
      { ...user, proxyAddresses: [`SMTP:${address}`, noUtf8] },
      {
        refused: expect.stringMatching(/anna@contoso\.com its proxyAddresses hold octets that are no UTF-8/),
      },
    ],
    [
      "a target that is no UTF-8",
      { ...user, targetAddress: [noUtf8] },
      { refused: expect.stringMatching(/its targetAddress hold octets/) },
    ],
    [
      "three primary addresses",
      { ...user, proxyAddresses: [`SMTP:${address}`, "SMTP:b@x.com", "SMTP:c@x.com"] },
      expect.arrayContaining([expect.anything()]),
    ],
    [
      "two values where there is one",
      { ...user, mail: [address, "b@x.com"], targetAddress: ["SMTP:a@b.c", "SMTP:d@e.f"] },
      expect.arrayContaining([expect.anything()]),
    ],
    [
      "an identifier of three octets",
      { ...user, objectGUID: ["abc"] },
      expect.arrayContaining([expect.anything()]),
    ],
    [
      "a megabyte of text",
      { ...user, msExchUserCulture: ["x".repeat(1 << 20)] },
      expect.arrayContaining([expect.anything()]),
    ],
    [
      "an attribute of a name that objects have",
      { ...user, constructor: ["x"], ["__proto__"]: ["y"] },
      expect.arrayContaining([expect.anything()]),
    ],
  ])("a user with %s is read, or refused by name", async (_name, values, result) => {
    entry = values;
    expect(await named(plan(directory))).toEqual({ result });
  });

  const descriptor = Buffer.alloc(20);
  descriptor.writeUInt8(1, 0);
  descriptor.writeUInt32LE(4_000_000_000, 16);
  test.each<[string, Values, () => Promise<unknown>, RegExp]>([
    [
      "an empty SID",
      { objectSid: [""] },
      () => findAccount(directory, dn),
      /CN=anna.*objectSid cannot be read/,
    ],
    [
      "a SID that is cut off",
      { objectSid: [Buffer.from([1, 15, 0, 0, 0, 0, 0, 5, 1])] },
      () => findAccount(directory, dn),
      /objectSid cannot be read/,
    ],
    [
      "an empty access list",
      { nTSecurityDescriptor: [""] },
      () => hasTargetAddressGrant(directory, dn, sid),
      /CN=anna.*nTSecurityDescriptor cannot be read/,
    ],
    [
      "an access list beyond its end",
      { nTSecurityDescriptor: [descriptor] },
      () => hasTargetAddressGrant(directory, dn, sid),
      /nTSecurityDescriptor cannot be read/,
    ],
    [
      "groups that are none",
      {
        nTSecurityDescriptor: [Buffer.concat([descriptor.subarray(0, 16), Buffer.alloc(4)])],
        tokenGroups: ["x"],
      },
      () => checkReceiveAs(directory, dn, sid),
      /tokenGroups cannot be read/,
    ],
    [
      "flags that are no number",
      { ...user, msExchUMEnabledFlags: ["many"] },
      () => surveyUnifiedMessaging(directory, [address]),
      /CN=anna.*msExchUMEnabledFlags cannot be read: many is not an integer/,
    ],
  ])("%s: the failure names the entry and the attribute", async (_name, values, work, reason) => {
    entry = values;
    expect(await named(work())).toEqual({ failure: expect.stringMatching(reason) });
  });

  test("an answer that is no LDAP is a failure that names the server", async () => {
    entry = user;
    spoil = (message) => {
      const spoilt = Buffer.from(message);
      spoilt.fill(0x05, 8);
      return spoilt;
    };
    expect(await named(plan(directory))).toEqual({
      failure: expect.stringMatching(/ldaps:\/\/127\.0\.0\.1:\d+: cannot be searched/),
    });
  });
});
