/** Puts review/review.md on the pull request, always into the same comment. Exit code 0 done, 1 refused by the host. */
import { existsSync, readFileSync } from "node:fs";
import { runPage, stack } from "./run.mjs";

const { env } = process;
const marker = `<!-- mailstage review: ${stack.replace(/[^\w.-]/g, "_")} -->`;
const file = "review/review.md";
const body = existsSync(file)
  ? readFileSync(file, "utf8")
  : `${marker}\nThe review of \`${stack}\` failed before it could say anything: ${runPage}\n`;

/** A comment is ours by its author and its first line: anybody can write a comment with that line. */
const ours = (author, text) => author && text?.trimStart().startsWith(marker);

const github = {
  async find() {
    for (let page = 1; ; page++) {
      const comments = await call(`${this.issue}/comments?per_page=100&page=${page}`);
      const found = comments.find(({ user, body: text }) =>
        ours(user?.login === "github-actions[bot]", text),
      );
      if (found !== undefined)
        return { text: found.body, at: `${this.repository}/issues/comments/${found.id}` };
      if (comments.length < 100) return undefined;
    }
  },
  repository: `${env.GITHUB_API_URL ?? "https://api.github.com"}/repos/${env.GITHUB_REPOSITORY}`,
  get issue() {
    return `${this.repository}/issues/${env.PULL_REQUEST}`;
  },
  update: (at) => call(at, "PATCH", { body }),
  create: () => call(`${github.issue}/comments`, "POST", { body }),
};

const version = "api-version=7.1";
const azure = {
  async find() {
    const { authenticatedUser } = await call(`${env.SYSTEM_COLLECTIONURI}_apis/connectionData`);
    const { value } = await call(`${this.threads}?${version}`);
    for (const { id, comments } of value) {
      const [first] = comments;
      if (ours(first?.author?.id === authenticatedUser.id, first?.content))
        return { text: first.content, at: `${this.threads}/${id}/comments/${first.id}?${version}` };
    }
    return undefined;
  },
  threads: `${env.SYSTEM_COLLECTIONURI}${env.SYSTEM_TEAMPROJECTID}/_apis/git/repositories/${env.BUILD_REPOSITORY_ID}/pullRequests/${env.PULL_REQUEST}/threads`,
  update: (at) => call(at, "PATCH", { content: body }),
  // Closed: a review is to be read, and not a discussion that keeps the request from being completed.
  create: () =>
    call(`${azure.threads}?${version}`, "POST", {
      comments: [{ parentCommentId: 0, content: body, commentType: "text" }],
      status: "closed",
    }),
};

async function call(url, method = "GET", content) {
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/json",
      authorization: `Bearer ${env.GITHUB_TOKEN ?? env.SYSTEM_ACCESSTOKEN}`,
      "content-type": "application/json",
    },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok)
    throw new Error(`${method} ${new URL(url).pathname}: ${response.status}. May this job comment?`);
  return response.json();
}

const host = env.GITHUB_TOKEN ? github : azure;
try {
  const found = await host.find();
  if (found === undefined) await host.create();
  else if (found.text !== body) await host.update(found.at);
  console.log(
    found === undefined
      ? "commented"
      : found.text === body
        ? "the comment is up to date"
        : "updated the comment",
  );
} catch (error) {
  console.error(`error: the review was not put on the pull request: ${error.message}`);
  process.exitCode = 1;
}
