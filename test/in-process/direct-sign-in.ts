import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import type { HttpClient, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { z } from "zod";

type Rest = typeof import("@azure/core-rest-pipeline");
type Identity = typeof import("@azure/identity");
type Given = ConstructorParameters<Identity["ClientSecretCredential"]>;
type Heard = () => Promise<PipelineResponse>;

const tokenShape = z.object({ access_token: z.string(), expires_in: z.number() });
/** A token is asked for anew so long before it ends, as the library does. */
const earlyMs = 300_000;

/**
 * The credentials that a lab gives, over that client. A sign-in that goes well is the request that the library sends, without
 * what it makes of it, which took as long as all other requests of a run; of any other answer the library itself is told, and
 * goes on as it does. What it waits before it asks again would be waited truly.
 * @param isDirect whether it may be so now
 */
export const identityWith = (
  client: HttpClient,
  identity: Identity,
  rest: Rest,
  isDirect: () => boolean,
): object => ({
  ...identity,
  ClientSecretCredential: class implements TokenCredential {
    readonly #given: Given;
    readonly #tokens = new Map<string, AccessToken>();
    #library: TokenCredential | undefined;

    constructor(...given: Given) {
      this.#given = given;
    }

    async getToken(scopes: string | string[], options: GetTokenOptions = {}): Promise<AccessToken | null> {
      if (this.#library === undefined && !isDirect()) this.#library = this.#made([]);
      if (this.#library !== undefined) return this.#library.getToken(scopes, options);
      const scope = [scopes].flat().join(" ");
      const kept = this.#tokens.get(scope);
      if (kept !== undefined && kept.expiresOnTimestamp - earlyMs > Date.now()) return kept;
      const heard: Heard[] = [];
      const token = await this.#asked(scope, options, heard);
      if (token === undefined) {
        this.#library ??= this.#made(heard);
        return this.#library.getToken(scopes, options);
      }
      this.#tokens.set(scope, token);
      return token;
    }

    /** The library's credential, which is told first what was heard already. */
    #made(heard: Heard[]): TokenCredential {
      const [tenant, id, secret, options] = this.#given;
      const httpClient: HttpClient = {
        sendRequest: async (request) => {
          const first = heard.shift();
          return first === undefined ? client.sendRequest(request) : { ...(await first()), request };
        },
      };
      const retryOptions = { maxRetryDelayInMs: 1 };
      return new identity.ClientSecretCredential(tenant, id, secret, {
        ...options,
        httpClient,
        retryOptions,
      });
    }

    /** A token; nothing where an answer was not that of a sign-in that goes well. */
    async #asked(
      scope: string,
      { abortSignal }: GetTokenOptions,
      heard: Heard[],
    ): Promise<AccessToken | undefined> {
      const [tenant, client_id, client_secret, { authorityHost = "" } = {}] = this.#given;
      const form = new URLSearchParams({
        client_id,
        scope: `${scope} openid profile offline_access`,
        grant_type: "client_credentials",
        client_secret,
      });
      const request = rest.createPipelineRequest({
        url: `${authorityHost.replace(/\/$/, "")}/${tenant}/oauth2/v2.0/token`,
        method: "POST",
        body: form.toString(),
        headers: rest.createHttpHeaders({ "content-type": "application/x-www-form-urlencoded" }),
        ...(abortSignal !== undefined && { abortSignal }),
      });
      const answer = await sent(client, request, heard);
      if (answer?.status !== 200) return undefined;
      const read = tokenShape.safeParse(jsonOf(answer.bodyAsText ?? ""));
      if (!read.success) return undefined;
      const { access_token: token, expires_in } = read.data;
      return { token, expiresOnTimestamp: Date.now() + expires_in * 1000, tokenType: "Bearer" };
    }
  },
});

/** An answer, or nothing; either is noted. */
async function sent(
  client: HttpClient,
  request: PipelineRequest,
  heard: Heard[],
): Promise<PipelineResponse | undefined> {
  const answer = client.sendRequest(request);
  heard.push(() => answer);
  return answer.catch(() => undefined);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
