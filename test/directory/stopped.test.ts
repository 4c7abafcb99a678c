import { mailboxDatabase, mailboxUser } from "../../lab/directory/index.js";
import { isStopped, stop } from "../../src/base/stop.js";
import {
  connectDirectory,
  disableUnifiedMessaging,
  surveyUnifiedMessaging,
} from "../../src/on-premises/directory/index.js";
import { serveDirectory } from "./served.js";

const baseDn = "DC=corp,DC=contoso,DC=com";
const bindDn = `CN=Admin,CN=Users,${baseDn}`;
const password = "secret-of-the-admin";

// There is no way back from a stop, so that this is a file of its own.
test("a run that is stopped ends by that, and blames nobody who was still to come", async () => {
  const database = mailboxDatabase(baseDn);
  const addresses = Array.from({ length: 20 }, (_, index) => `user${index}@contoso.com`);
  const lab = await serveDirectory({
    entries: [
      database,
      ...addresses.map((address) =>
        mailboxUser({ address, parentDn: baseDn, databaseDn: database.dn, unifiedMessaging: true }),
      ),
    ],
    accounts: [{ dn: bindDn, password, rights: "admin" }],
    namingContext: baseDn,
  });
  const url = `ldaps://127.0.0.1:${lab.ldapsPort}`;
  const directory = await connectDirectory({ url, bindDn, baseDn, pageSize: 50 }, password);
  try {
    const { users } = await surveyUnifiedMessaging(directory, addresses);
    expect(users).toHaveLength(20);
    const write = directory.modify.bind(directory);
    directory.modify = async (...modification) => {
      await write(...modification);
      stop();
    };
    const ended = await disableUnifiedMessaging(directory, users).catch((error: unknown) => error);
    expect(isStopped(ended)).toBe(true);
  } finally {
    await directory.close();
    await lab.close();
  }
});
