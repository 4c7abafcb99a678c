import { setDefaultCACertificates } from "node:tls";
import { createAuthority, type IssuedCertificate } from "../../src/lab/certificates.js";
import { startDirectoryServer } from "../../src/lab/directory/index.js";
import { type Capability, directoryContract, type TestServer } from "./directory-contract.js";
import {
  adminDn,
  adminPassword,
  fixture,
  migrationDn,
  migrationPassword,
  namingContext,
} from "./directory-fixture.js";

let certificate: IssuedCertificate;

beforeAll(async () => {
  const authority = await createAuthority();
  setDefaultCACertificates([authority.caPem]);
  certificate = await authority.issue({ names: ["dc1.corp.contoso.com"], ips: ["127.0.0.1", "127.0.0.30"] });
});

async function startLab(): Promise<TestServer> {
  const lab = await startDirectoryServer({
    entries: fixture,
    namingContext,
    tls: certificate,
    accounts: [
      { dn: adminDn, password: adminPassword, rights: "admin" },
      { dn: migrationDn, password: migrationPassword, rights: "reader" },
    ],
  });
  return {
    ldapsUrl: `ldaps://127.0.0.1:${lab.ldapsPort}`,
    ldapUrl: `ldap://127.0.0.1:${lab.ldapPort}`,
    misnamedUrl: "ldaps://localhost",
    capabilities: new Set<Capability>(["active-directory"]),
    stop: () => lab.close(),
  };
}

describe("the lab's directory", () => {
  directoryContract(startLab, ["active-directory", "case-duplicates-refused"]);
});
