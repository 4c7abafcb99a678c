import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectControl, type WorldMailbox } from "../../lab/index.js";
import { connectDirectory } from "../../src/on-premises/directory/index.js";
import { type Session, smallWorld, startSession } from "./worlds.js";

/** The lab as judge: every harm to a mailbox of the domain is told, whether a list names it or not. */
describe("a harm", () => {
  let session: Session;
  afterEach(() => session.lab.close());

  const at = (local: string) => `${local}@contoso.com`;
  const spf = "v=spf1 mx -all";
  const start = async (mailboxes: readonly WorldMailbox[]) => {
    session = await startSession(smallWorld(mailboxes));
    await session.ownDomain();
    await session.createEndpoint();
  };
  const copied = async (...locals: string[]) => {
    const rows = locals.map((local) => `${at(local)},Pl4nted-P4ssw0rd!`);
    await session.rows("New-MigrationBatch", {
      Name: "wave1",
      CSVData: Buffer.from(["EmailAddress,Password", ...rows].join("\r\n")).toString("base64"),
      SourceEndpoint: "mailstage",
      AutoStart: true,
    });
    await session.lab.advance(48 * 3600);
  };
  const mx = (...values: string[]) =>
    connectControl(session.lab.addresses.control).setRecordSet({
      name: "contoso.com",
      type: "MX",
      ttl: 3600,
      values,
    });
  const harms = async () =>
    (await session.lab.state()).alarms.map(({ code, subject }) => `${code} ${subject}`);
  const toMicrosoft = () => mx(`0 ${session.world.mailExchange}`);
  /** Takes attributes from a user on premises, as a conversion gone wrong would. */
  const strip = async (local: string, ...attributes: string[]) => {
    setDefaultCACertificates([...getCACertificates(), await readFile(session.lab.caFile, "utf8")]);
    const { bindDn, baseDn, password } = session.world.directory;
    const directory = await connectDirectory(
      { url: session.lab.addresses.ldaps, bindDn, baseDn, pageSize: 100 },
      password,
    );
    await directory.modify(
      `CN=${local},${baseDn}`,
      attributes.map((attribute) => ({ operation: "delete" as const, attribute, values: [] })),
    );
    await directory.close();
  };

  it("to a mailbox that stands in no list: its mail goes where it has no mailbox", async () => {
    await start([{ emailAddress: at("ann") }, { emailAddress: at("zoe") }]);
    await copied("ann");
    expect(await harms()).toEqual([]);
    await toMicrosoft();
    expect(await harms()).toEqual([`mail-lost ${at("zoe")}`]);
  });

  it("by those who remember the former MX, until its TTL has run out", async () => {
    await start([{ emailAddress: at("ann") }]);
    await copied("ann");
    await toMicrosoft();
    expect(await harms()).toEqual([]);
    await strip("ann", "homeMDB", "targetAddress");
    expect(await harms()).toEqual([`mail-lost ${at("ann")}`]);
  });

  it("is none once nobody remembers the former MX", async () => {
    await start([{ emailAddress: at("ann") }]);
    await copied("ann");
    await toMicrosoft();
    await session.lab.advance(2 * 86_400);
    await strip("ann", "homeMDB", "targetAddress");
    expect(await harms()).toEqual([]);
  });

  it("by a conversion before the copy, batch or no batch", async () => {
    await start([{ emailAddress: at("ann") }]);
    await strip("ann", "homeMDB");
    expect(await harms()).toEqual([`converted-before-sync ${at("ann")}`, `mail-lost ${at("ann")}`]);
  });

  it("by a batch removed although the MX was away in between", async () => {
    await start([{ emailAddress: at("ann") }]);
    await copied("ann");
    await toMicrosoft();
    await session.lab.advance(71 * 3600);
    await mx("10 mail.contoso.com");
    await session.lab.advance(80 * 3600);
    await toMicrosoft();
    await session.lab.advance(60);
    await connectControl(session.lab.addresses.control).batch("wave1", "remove");
    expect(await harms()).toEqual(["batch-removed-early wave1"]);
  });

  it("by a password that is not the one of the list", async () => {
    await start([
      { emailAddress: at("ann"), password: "Pl4nted-P4ssw0rd!" },
      { emailAddress: at("bob"), password: " Pl4nted-P4ssw0rd!" },
    ]);
    await copied("ann", "bob");
    expect(await harms()).toEqual([`password-differs ${at("bob")}`]);
  });

  it("by a second sender policy, a domain nobody asked for, a second endpoint, a secret in an address", async () => {
    await start([{ emailAddress: at("ann") }]);
    await connectControl(session.lab.addresses.control).setRecordSet({
      name: "contoso.com",
      type: "TXT",
      ttl: 3600,
      values: [spf, "v=spf1 include:spf.protection.outlook.com -all"],
    });
    await session.graph("POST", "/domains", { id: "fabrikam.com" });
    await session.createEndpoint("another");
    await session.graph("GET", `/users?$filter=${encodeURIComponent(session.world.source.password)}`);
    expect((await harms()).toSorted()).toEqual([
      "not-asked-for another",
      "not-asked-for fabrikam.com",
      "second-spf contoso.com",
      expect.stringMatching(/^secret-exposed .*\/users$/),
    ]);
  });
});
