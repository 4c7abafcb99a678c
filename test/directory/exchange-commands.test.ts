import {
  cleanDatabaseCommands,
  connectMailboxCommand,
} from "../../src/on-premises/directory/exchange-commands.js";

const databaseOn = (server: string, name: string) =>
  `CN=${name},CN=First Storage Group,CN=InformationStore,CN=${server},CN=Servers,DC=contoso,DC=com`;
const cleaned = (...databases: string[]) =>
  cleanDatabaseCommands(
    databases.map((database) => ({
      dn: "CN=ann",
      address: "ann@contoso.com",
      already: false,
      changes: [{ attribute: "homeMDB", removed: [database], added: [] }],
    })),
  );

describe("commands printed for the Exchange Management Shell", () => {
  test("two servers with databases of one name get a command each", () => {
    expect(cleaned(databaseOn("EX01", "DB"), databaseOn("EX02", "DB"), databaseOn("EX01", "DB"))).toEqual([
      "Clean-MailboxDatabase -Identity 'EX01\\First Storage Group\\DB'",
      "Clean-MailboxDatabase -Identity 'EX02\\First Storage Group\\DB'",
    ]);
  });

  test("every quote that PowerShell takes for one is doubled", () => {
    expect(cleaned(databaseOn("EX01", "Roll’; Remove-Item x; ‘ ‚a‛ it's"))).toEqual([
      "Clean-MailboxDatabase -Identity 'EX01\\First Storage Group\\Roll’’; Remove-Item x; ‘‘ ‚‚a‛‛ it''s'",
    ]);
  });

  test("a name in UTF-8 is itself, escaped in the DN or not, and a line end in it ends no line", () => {
    expect(cleaned(databaseOn("EX01", "M\\C3\\BCnchen\\, 1"))).toEqual([
      "Clean-MailboxDatabase -Identity 'EX01\\First Storage Group\\München, 1'",
    ]);
    expect(cleaned(databaseOn("EX01", "DB\\0ARemove-Item x")).join("")).not.toContain("\n");
  });

  test("a DN of another shape, or a name with a backslash, is named as a DN", () => {
    expect(cleaned("CN=DB,CN=Databases,DC=contoso,DC=com", databaseOn("EX01", "a\\\\b"))).toEqual([
      "Clean-MailboxDatabase -Identity 'CN=DB,CN=Databases,DC=contoso,DC=com'",
      `Clean-MailboxDatabase -Identity '${databaseOn("EX01", "a\\\\b")}'`,
    ]);
  });

  test("a mailbox is connected to the user where the user is now", () => {
    const guid = { base64: "C4pqny0cP06AkaKzxNXm9w==" };
    expect(
      connectMailboxCommand(
        { homeMDB: [databaseOn("EX01", "DB")], msExchMailboxGuid: [guid] },
        { dn: "CN=Ann O’Neill,OU=Moved,DC=contoso,DC=com" },
      ),
    ).toBe(
      "Connect-Mailbox -Identity 9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7 -Database 'EX01\\First Storage Group\\DB' -User 'CN=Ann O’’Neill,OU=Moved,DC=contoso,DC=com'",
    );
  });
});
