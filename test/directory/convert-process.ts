import {
  applyConversions,
  connectDirectory,
  isPlan,
  planConversion,
  readUsers,
  takeSnapshot,
} from "../../src/on-premises/directory/index.js";

/** The conversion of a wave as one process, to be killed: url, count of users, snapshot file. */
async function main([url = "", count = "0", file = ""]: readonly string[]): Promise<void> {
  const bindDn = "CN=Admin,DC=contoso,DC=com";
  const directory = await connectDirectory(
    { url, bindDn, baseDn: "DC=contoso,DC=com", pageSize: 200 },
    "secret-of-the-admin",
  );
  const addresses = Array.from({ length: Number(count) }, (_, index) => `user${index}@contoso.com`);
  const { users } = await readUsers(directory, addresses);
  const plans = [...users].map(([address, user]) =>
    planConversion(
      user,
      {
        primarySmtpAddress: address,
        legacyExchangeDn: `/o=ExchangeLabs/cn=${address}`,
        emailAddresses: [
          `SMTP:${address}`,
          `smtp:${address.replace("@contoso.com", "@contoso.onmicrosoft.com")}`,
        ],
        exchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
      },
      { flavour: "2007", recipientTypeDetails: "128" },
    ),
  );
  await takeSnapshot(file, [...users.values()]);
  const { failed } = await applyConversions(directory, plans.filter(isPlan));
  await directory.close();
  process.exitCode = failed.length === 0 && plans.every(isPlan) ? 0 : 1;
}

void main(process.argv.slice(2));
