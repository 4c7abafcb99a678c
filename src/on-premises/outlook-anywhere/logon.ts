import { ntlmTokenOf } from "./challenge.js";
import type { Answer, Connection, Request } from "./http.js";
import { authenticateMessage, negotiateMessage, readChallenge } from "./ntlm.js";

/** The migration administrator. */
export interface Credentials {
  /** `DOMAIN\user` or an e-mail address. */
  readonly account: string;
  readonly password: string;
}

/**
 * Asks once as the given account. The connection must verify certificates: the caller sends no password otherwise.
 * One attempt only, because directories lock accounts.
 * @returns the server's last answer; a 401 means that the account was refused. Undefined where the server did not go on with
 * NTLM, so that no password was sent and nothing is known of the account
 * @throws what `Connection.ask` throws, or a TypeError when the server's NTLM challenge cannot be read
 */
export async function askAs(
  connection: Connection,
  request: Request,
  credentials: Credentials,
  method: "Basic" | "Ntlm",
): Promise<Answer | undefined> {
  const as = (authorization: string, body = request.body ?? ""): Promise<Answer> =>
    connection.ask({ ...request, body, headers: { ...request.headers, Authorization: authorization } });
  if (method === "Basic") {
    const pair = Buffer.from(`${credentials.account}:${credentials.password}`, "utf8").toString("base64");
    return as(`Basic ${pair}`);
  }
  const first = await as(`NTLM ${negotiateMessage().toString("base64")}`, "");
  const token = ntlmTokenOf(first.challenges);
  if (first.status !== 401) return first;
  if (token === undefined) return undefined;
  const challenge = readChallenge(Buffer.from(token, "base64"));
  if (challenge === undefined) throw new TypeError("the server's NTLM challenge allows no NTLMv2");
  const answer = authenticateMessage(
    { ...namesOf(credentials.account), password: credentials.password },
    challenge,
  );
  return as(`NTLM ${answer.toString("base64")}`);
}

/** `CONTOSO\admin` as domain and user; an e-mail address is the user, and the domain stays empty. */
function namesOf(account: string): { domain: string; user: string } {
  const at = account.indexOf("\\");
  return at < 0
    ? { domain: "", user: account }
    : { domain: account.slice(0, at), user: account.slice(at + 1) };
}
