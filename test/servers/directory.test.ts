import { existsSync } from "node:fs";
import { setDefaultCACertificates } from "node:tls";
import { createAuthority, type IssuedCertificate } from "../../lab/certificates.js";
import { startDirectoryServer } from "../../lab/directory/index.js";
import { directoryContract, type TestServer } from "./directory-contract.js";
import {
  adminDn,
  adminPassword,
  doubledUser,
  fixture,
  migrationDn,
  migrationPassword,
  namingContext,
} from "./directory-fixture.js";
import { startSamba } from "./directory-samba.js";
import { startSlapd } from "./directory-slapd.js";
import { conversionSpeed } from "./directory-speed.js";

let certificate: IssuedCertificate;

beforeAll(async () => {
  const authority = await createAuthority();
  setDefaultCACertificates([authority.caPem]);
  certificate = await authority.issue({ names: ["dc1.corp.contoso.com"], ips: ["127.0.0.1", "127.0.0.30"] });
});

async function startLab(): Promise<TestServer> {
  const lab = await startDirectoryServer({
    entries: [...fixture, doubledUser],
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
    stop: () => lab.close(),
  };
}

describe("the lab's directory", () => {
  directoryContract(startLab, ["active-directory", "permissive-values", "repeated-values"]);
});

/** A server that is not installed fails the build in CI and is shouted about elsewhere: never a quiet skip. */
function contractOf(name: string, program: string, packages: string, contract: () => void): void {
  if (existsSync(program)) {
    describe(name, contract);
    return;
  }
  const notice = `${name} is not installed (apt-get install ${packages}): its contract was NOT run`;
  if (process.env["MAILSTAGE_TEST_ALL_SERVERS"] !== undefined) {
    it(name, () => {
      throw new Error(notice);
    });
    return;
  }
  console.warn(notice);
  it.skip(notice, () => undefined);
}

contractOf("slapd", "/usr/sbin/slapd", "slapd ldap-utils", () => {
  directoryContract(() => startSlapd(certificate), []);
});

contractOf(
  "Samba",
  "/usr/sbin/samba",
  "samba samba-ad-provision samba-dsdb-modules samba-vfs-modules ldb-tools",
  () => {
    directoryContract(
      () => startSamba(certificate, "127.0.0.30", [doubledUser]),
      ["active-directory", "access-lists", "permissive-values", "repeated-values"],
    );
    // After the contract, which reads all there is, three at a time.
    describe("with a wave in it", () => conversionSpeed("127.0.0.30"));
  },
);
