import { setDefaultCACertificates } from "node:tls";
import { createAuthority } from "../../lab/certificates.js";
import {
  type DirectoryServerOptions,
  type LabDirectory,
  startDirectoryServer,
} from "../../lab/directory/index.js";

/** The lab's directory over TLS, by a certificate that this process trusts from then on, and no other. */
export async function serveDirectory(options: Omit<DirectoryServerOptions, "tls">): Promise<LabDirectory> {
  const authority = await createAuthority();
  setDefaultCACertificates([authority.caPem]);
  const tls = await authority.issue({ names: ["dc1.contoso.com"], ips: ["127.0.0.1"] });
  return startDirectoryServer({ ...options, tls });
}
