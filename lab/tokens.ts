import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const claimsSchema = z.object({ aud: z.string(), tid: z.string(), appid: z.string(), exp: z.number() });

/** What a token of the lab says. */
export type Claims = z.output<typeof claimsSchema>;

/** How long a token is good for, in real seconds: the clock of the client that keeps it is not the lab's. */
export const tokenLifetime = 3600;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function sign(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

/** An access token (JWT, HS256) for one audience. */
export function issueToken(claims: Omit<Claims, "exp">, secret: string): string {
  const now = Math.floor(Date.now() / 1000);
  const body = {
    ...claims,
    iss: `https://sts.windows.net/${claims.tid}/`,
    iat: now,
    nbf: now,
    exp: now + tokenLifetime,
    idtyp: "app",
    roles: [
      "Domain.ReadWrite.All",
      "User.ReadWrite.All",
      "LicenseAssignment.ReadWrite.All",
      "Exchange.ManageAsApp",
    ],
    wids: ["29232cdf-9323-42fd-ade2-1d097af3e4de"],
  };
  const text = `${encode({ typ: "JWT", alg: "HS256", kid: "lab" })}.${encode(body)}`;
  return `${text}.${sign(text, secret)}`;
}

/** Tokens whose signature was verified, with their secret: a run sends the same one with each request. */
const verified = new Map<string, Claims>();
const mostVerified = 100;

/** The claims of a token the lab issued; a text that says why it is refused otherwise. */
export function readToken(authorization: string | undefined, secret: string): Claims | string {
  if (authorization === undefined) return "Access token is empty.";
  const [, token = ""] = /^Bearer\s+(\S+)$/i.exec(authorization) ?? [];
  const key = `${secret} ${token}`;
  const claims = verified.get(key) ?? verifiedClaims(token, secret);
  if (typeof claims === "string") return claims;
  if (verified.size >= mostVerified) verified.clear();
  verified.set(key, claims);
  return claims.exp * 1000 <= Date.now() ? "Access token has expired or is not yet valid." : claims;
}

function verifiedClaims(token: string, secret: string): Claims | string {
  const [header = "", body = "", signature = ""] = token.split(".");
  const wanted = Buffer.from(sign(`${header}.${body}`, secret));
  const given = Buffer.from(signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given))
    return "Access token validation failure. Invalid signature.";
  const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
  return claims.success ? claims.data : "Access token validation failure.";
}
