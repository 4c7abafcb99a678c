import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** ECDSA P-256: fast to make, and known to OpenSSL, GnuTLS and Schannel alike. */
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;

/** What `Authority.issue` is asked for. */
export interface CertificateRequest {
  /** DNS names of the server, the first one becomes the common name; wildcards such as `*.contoso.com` are allowed. */
  readonly names: readonly string[];
  /** IP addresses of the server, such as `127.0.0.1`, for the subject alternative name. */
  readonly ips?: readonly string[];
  /** @default a day ago, so that clocks may differ */
  readonly notBefore?: Date;
  /** @default two years from now */
  readonly notAfter?: Date;
  /** Signed by its own key instead of the authority's: what Outlook Anywhere refuses. @default false */
  readonly selfSigned?: boolean;
}

/** A server's private key and certificate, as `tls.createServer`, slapd and Samba take them. */
export interface IssuedCertificate {
  /** Private key, PKCS#8 PEM. */
  readonly key: string;
  /** The certificate, then the intermediate authorities up to but without the root, PEM. */
  readonly cert: string;
}

/** A certification authority of the lab: trusted by nobody until `caPem` is given to the client. */
export interface Authority {
  /** The root certificate, PEM: for `NODE_EXTRA_CA_CERTS`, `ca`, `TLS_CACERT`. */
  readonly caPem: string;
  /** Makes a server certificate with a key of its own; throws a RangeError when it has neither name nor address. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
  /** An intermediate authority below this one. */
  subordinate(name: string): Promise<Authority>;
}

/** The certificates above a leaf, issuing one first and root last, and the key that signs. */
interface Signer {
  readonly chain: readonly [x509.X509Certificate, ...x509.X509Certificate[]];
  readonly key: webcrypto.CryptoKey;
}

const signers = new WeakMap<Authority, Signer>();

/** A new root authority with a key of its own, valid for ten years. */
export async function createAuthority(options: { name?: string; now?: Date } = {}): Promise<Authority> {
  const now = options.now ?? new Date();
  const keys = await generateKeys();
  // A random tail tells two labs' roots apart: clients look issuers up by name.
  const name = options.name ?? `mailstage lab authority ${randomBytes(4).toString("hex")}`;
  const certificate = await authorityCertificate(name, keys.publicKey, now, { key: keys.privateKey });
  return authorityOf({ chain: [certificate], key: keys.privateKey });
}

/** The authority's certificates and private key as one PEM text, a secret: a restarted lab keeps its authority. */
export async function exportAuthority(authority: Authority): Promise<string> {
  const signer = signers.get(authority);
  if (signer === undefined)
    throw new TypeError("not an authority made by createAuthority or importAuthority");
  return `${pemOfChain(signer.chain)}${await pemOfKey(signer.key)}`;
}

/** The authority that `exportAuthority` wrote. Throws when the text does not hold a certificate and its private key. */
export async function importAuthority(pem: string): Promise<Authority> {
  const blocks = x509.PemConverter.decodeWithHeaders(pem);
  const [first, ...rest] = blocks
    .filter((block) => block.type === x509.PemConverter.CertificateTag)
    .map((block) => new x509.X509Certificate(block.rawData));
  const key = blocks.find((block) => block.type === x509.PemConverter.PrivateKeyTag);
  if (first === undefined || key === undefined)
    throw new TypeError("the authority's PEM needs a CERTIFICATE and a PRIVATE KEY block");
  return authorityOf({
    chain: [first, ...rest],
    key: await webcrypto.subtle.importKey("pkcs8", key.rawData, algorithm, true, ["sign"]),
  });
}

function authorityOf(signer: Signer): Authority {
  const root = signer.chain.at(-1) ?? signer.chain[0];
  const authority: Authority = {
    caPem: pemOfChain([root]),
    issue: (request) => issue(signer, request),
    subordinate: async (name) => {
      const keys = await generateKeys();
      const certificate = await authorityCertificate(name, keys.publicKey, new Date(), {
        key: signer.key,
        certificate: signer.chain[0],
      });
      return authorityOf({ chain: [certificate, ...signer.chain], key: keys.privateKey });
    },
  };
  signers.set(authority, signer);
  return authority;
}

async function issue(signer: Signer, request: CertificateRequest): Promise<IssuedCertificate> {
  const names = [
    ...request.names.map((value) => ({ type: "dns", value }) as const),
    ...(request.ips ?? []).map((value) => ({ type: "ip", value }) as const),
  ];
  const [first] = names;
  if (first === undefined) throw new RangeError("a certificate needs at least one name or address");
  const keys = await generateKeys();
  const subject = commonName(first.value);
  const selfSigned = request.selfSigned ?? false;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: selfSigned ? subject : signer.chain[0].subjectName.toJSON(),
    publicKey: keys.publicKey,
    signingKey: selfSigned ? keys.privateKey : signer.key,
    signingAlgorithm: algorithm,
    notBefore: request.notBefore ?? new Date(Date.now() - day),
    notAfter: request.notAfter ?? new Date(Date.now() + 730 * day),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(
        selfSigned ? keys.publicKey : signer.chain[0].publicKey,
      ),
    ],
  });
  const intermediates = selfSigned ? [] : signer.chain.slice(0, -1);
  return { key: await pemOfKey(keys.privateKey), cert: pemOfChain([certificate, ...intermediates]) };
}

/** A certificate that may sign others; without `parent.certificate` it signs itself and is a root. */
async function authorityCertificate(
  name: string,
  publicKey: webcrypto.CryptoKey,
  now: Date,
  parent: { key: webcrypto.CryptoKey; certificate?: x509.X509Certificate },
): Promise<x509.X509Certificate> {
  const subject = commonName(name);
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: parent.certificate?.subjectName.toJSON() ?? subject,
    publicKey,
    signingKey: parent.key,
    signingAlgorithm: algorithm,
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + 3650 * day),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(parent.certificate?.publicKey ?? publicKey),
    ],
  });
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** A common name has at most 64 characters (RFC 5280, ub-common-name); clients judge the alternative names anyway. */
function commonName(name: string): { CN: string[] }[] {
  return [{ CN: [name.slice(0, 64)] }];
}

/** Sixteen random bytes, positive and without a leading zero, as strict decoders (GnuTLS) ask. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes.toString("hex");
}

function pemOfChain(chain: readonly x509.X509Certificate[]): string {
  return chain.map((certificate) => `${certificate.toString("pem")}\n`).join("");
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const raw = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(raw, x509.PemConverter.PrivateKeyTag)}\n`;
}
