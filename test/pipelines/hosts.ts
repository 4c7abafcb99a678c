import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { z } from "zod";

/** A comment on a pull request, wherever it is kept. */
export interface Comment {
  readonly id: number;
  readonly author: string;
  body: string;
}

/** GitHub and Azure DevOps on loopback, as far as a pipeline's scripts speak to them. */
export interface Hosts {
  readonly url: string;
  /** The comments of pull request 7 at either. */
  readonly comments: Comment[];
  /** What was asked, method and path. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** The token that the hosts let comment, and ask for an OIDC token. */
export const token = "ghs_ThePipelinesOwnToken";
const bot = "github-actions[bot]";
const service = "0f6c7b1a-2222-4333-8444-555566667777";

const bodySchema = z.object({ body: z.string() });
const contentSchema = z.object({ content: z.string() });
const threadSchema = z.object({
  comments: z.tuple([
    z.object({ parentCommentId: z.literal(0), content: z.string(), commentType: z.literal("text") }),
  ]),
  status: z.literal("closed"),
});

/** Starts them. OIDC tokens are numbered: `oidc-1`, `oidc-2`. */
export async function startHosts(): Promise<Hosts> {
  const comments: Comment[] = [];
  const requests: string[] = [];
  let issued = 0;
  const add = (author: string, body: string) => {
    comments.push({ id: 1000 + comments.length, author, body });
    return {};
  };
  const edit = (id: string | undefined, body: string) => {
    const comment = comments.find((one) => one.id === Number(id));
    if (comment !== undefined) comment.body = body;
    return comment && {};
  };
  const azure = "/contoso/project-id/_apis/git/repositories/repo-id/pullRequests/7/threads";
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://host");
    const asked = `${request.method} ${pathname}`;
    requests.push(asked);
    const content: unknown = ["POST", "PATCH"].includes(request.method ?? "")
      ? JSON.parse((await readAll(request)) || "{}")
      : undefined;
    if (asked === "GET /repos/contoso/mail/issues/7/comments") {
      const size = Number(searchParams.get("per_page") ?? 30);
      const begin = (Number(searchParams.get("page") ?? 1) - 1) * size;
      return comments
        .slice(begin, begin + size)
        .map(({ id, author, body }) => ({ id, user: { login: author }, body }));
    }
    if (asked === "POST /repos/contoso/mail/issues/7/comments")
      return add(bot, bodySchema.parse(content).body);
    const [, onGithub] = /^PATCH \/repos\/contoso\/mail\/issues\/comments\/(\d+)$/.exec(asked) ?? [];
    if (onGithub !== undefined) return edit(onGithub, bodySchema.parse(content).body);

    if (asked === "GET /contoso/_apis/connectionData") return { authenticatedUser: { id: service } };
    if (asked === `GET ${azure}`)
      return {
        value: comments.map(({ id, author, body }) => ({
          id: id + 5000,
          comments: [{ id, author: { id: author === bot ? service : author }, content: body }],
        })),
      };
    if (asked === `POST ${azure}`) return add(bot, threadSchema.parse(content).comments[0].content);
    const [, thread, onAzure] = new RegExp(`^PATCH ${azure}/(\\d+)/comments/(\\d+)$`).exec(asked) ?? [];
    if (onAzure !== undefined && Number(thread) === Number(onAzure) + 5000)
      return edit(onAzure, contentSchema.parse(content).content);

    if (asked === "GET /oidc/github" && searchParams.get("audience") === "api://AzureADTokenExchange")
      return { value: `oidc-${++issued}` };
    if (asked === "POST /oidc/azure" && searchParams.get("serviceConnectionId") === "connection")
      return { oidcToken: `oidc-${++issued}` };
    return undefined;
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const respond = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${token}`)
      return respond(401, { message: "Bad credentials" });
    return answer(request).then(
      (body) => (body === undefined ? respond(404, { message: "Not Found" }) : respond(200, body)),
      (error) => respond(422, { message: String(error) }),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address() satisfies AddressInfo | string | null;
  if (address === null || typeof address === "string") throw new Error("the hosts have no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    comments,
    requests,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

/** What GitHub Actions puts into a step's environment. */
export const githubEnvironment = ({ url }: Hosts) => ({
  GITHUB_API_URL: url,
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "contoso/mail",
  GITHUB_RUN_ID: "42",
  GITHUB_TOKEN: token,
  PULL_REQUEST: "7",
});

/** What Azure Pipelines puts into a step's environment. */
export const azureEnvironment = ({ url }: Hosts) => ({
  TF_BUILD: "True",
  SYSTEM_COLLECTIONURI: `${url}/contoso/`,
  SYSTEM_TEAMPROJECT: "mail",
  SYSTEM_TEAMPROJECTID: "project-id",
  BUILD_REPOSITORY_ID: "repo-id",
  BUILD_BUILDID: "42",
  SYSTEM_ACCESSTOKEN: token,
  PULL_REQUEST: "7",
});
