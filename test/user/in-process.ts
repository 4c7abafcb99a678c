import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../../lab/index.js";
import {
  exitCodeOf,
  readPreview,
  reviewHtml,
  reviewJson,
  reviewMarkdown,
  reviewOf,
} from "../../src/reports/review/index.js";
import { readState, statusOf } from "../../src/reports/status/index.js";
import { filesBelow, findSecrets } from "../abuse/secret-search.js";
import { holdCounts } from "../base/printed.js";
import type { Ended } from "../cli/ended.js";
import { openStacks } from "../in-process/stacks.js";
import { previewViolations } from "../policy/ask.js";
import type { UserProject } from "./project.js";

/**
 * The same repository and the same commands on the engine inside this process, which takes a twentieth of the time: reviews and
 * status are made of what it prints and keeps by what makes them for the CLI, and the policy pack's rules are asked without the
 * engine.
 */
export async function inProcessProject(lab: Lab, names: readonly string[]): Promise<UserProject> {
  const printed: string[] = [];
  const {
    folder,
    all: stacks,
    named,
  } = await openStacks("mailstage-user-", names, () => lab, {
    environment: { ...lab.environment, MAILSTAGE_RETRY_BASE_MS: "50" },
  });
  const stackIn = (args: readonly string[]) => named(args[args.indexOf("--stack") + 1]);
  const note = (...texts: readonly string[]) => {
    texts.forEach(holdCounts);
    printed.push(...texts);
  };
  const noted = (done: Ended): Ended => {
    note(done.stdout + done.stderr);
    return done;
  };
  const reviewed = async (args: readonly string[]): Promise<Ended> => {
    const drift = args.includes("--drift");
    const run = await stackIn(args).run(
      ...(drift ? ["refresh", "--preview-only"] : ["preview"]),
      "--show-sames",
    );
    const review = reviewOf(readPreview(run.stdout), {
      mode: drift ? "drift" : "plan",
      ...(drift ? {} : { violations: previewViolations(run) }),
    });
    note(reviewMarkdown(review), reviewHtml(review));
    return { code: exitCodeOf(review.verdict), stdout: reviewJson(review), stderr: run.stderr };
  };
  const told = async (args: readonly string[]): Promise<Ended> => {
    const stack = stackIn(args);
    const { checkpoint } = JSON.parse(await stack.stateText());
    const state = readState(JSON.stringify({ deployment: checkpoint.latest }), stack.name);
    const status = statusOf({ ...state, writtenAt: null }, new Date(Date.now() + lab.clock.offsetMs));
    return { code: 0, stdout: JSON.stringify(status), stderr: "" };
  };
  return {
    folder,
    read: (file) => readFile(join(folder, file), "utf8"),
    write: async (file, contents) => stacks[0]?.write(file, contents),
    async plan(plan) {
      for (const stack of stacks) await stack.plan(plan);
    },
    async mailstage(command = "", ...args) {
      if (command === "review") return noted(await reviewed(args));
      if (command === "status") return noted(await told(args));
      throw new Error(`mailstage ${command} is a process of its own`);
    },
    async pulumi(...args) {
      const at = args.indexOf("--stack");
      const run = await stackIn(args).run(...args.filter((_, index) => index !== at && index !== at + 1));
      // As the CLI shows it: below the resource, further to the right.
      const said = run.diagnostics.map(({ message }) => message.replace(/^/gm, "    "));
      return noted({ code: run.code, stdout: said.join("\n"), stderr: run.errors });
    },
    async leaks(secrets) {
      const written = await filesBelow(folder, /mailboxes\//);
      const states = await Promise.all(stacks.map((stack) => stack.stateText()));
      return findSecrets(secrets, { ...written, states: states.join("\n"), printed: printed.join("\n") });
    },
    async dispose() {
      for (const stack of stacks) await stack.dispose();
    },
  };
}
