import {
  applyConversions,
  connectDirectory,
  isPlan,
  readUsers,
  takeSnapshot,
} from "../../src/on-premises/directory/index.js";
import { conversionTo } from "./cloud-mailbox.js";

/** The conversion of a wave as one process, to be killed: url, count of users, snapshot file. */
async function main([url = "", count = "0", file = ""]: readonly string[]): Promise<void> {
  const bindDn = "CN=Admin,DC=contoso,DC=com";
  const directory = await connectDirectory(
    { url, bindDn, baseDn: "DC=contoso,DC=com", pageSize: 200 },
    "secret-of-the-admin",
  );
  const addresses = Array.from({ length: Number(count) }, (_, index) => `user${index}@contoso.com`);
  const { users } = await readUsers(directory, addresses);
  const plans = [...users].map(([address, user]) => conversionTo(address, user));
  await takeSnapshot(file, [...users.values()]);
  const { failed } = await applyConversions(directory, plans.filter(isPlan));
  await directory.close();
  process.exitCode = failed.length === 0 && plans.every(isPlan) ? 0 : 1;
}

void main(process.argv.slice(2));
