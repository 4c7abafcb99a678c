import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { MailstageError, type Problem } from "../base/problem.js";
import { parsePlan } from "./parse.js";
import type { Plan } from "./plan.js";

/**
 * Reads a plan that stands in a file of its own: YAML or JSON, what `mailstage:plan` has in stack config.
 * @param file its path, absolute or relative to `root`
 * @throws MailstageError plan-file-unreadable, yaml, and what `parsePlan` throws, each problem at its path in the file
 */
export const readPlanFile = (file: string, root: string): Plan => parsePlan(writtenPlan(file, root), file);

/** The same as it is written, unchecked. @throws MailstageError plan-file-unreadable, yaml */
export function writtenPlan(file: string, root: string): unknown {
  const path = resolve(root, file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = z.object({ code: z.string() }).parse(error);
    throw new MailstageError({
      code: "plan-file-unreadable",
      subject: path,
      reason: `was given as the plan and cannot be read: ${code}`,
      hint: `Give the path of the plan's file, relative to ${root}`,
    });
  }
  // Loaded by those alone who keep a plan in a file.
  const { parseDocument }: typeof import("yaml") = require("yaml");
  const document = parseDocument(text, { prettyErrors: false });
  const [first, ...rest] = document.errors.map(
    (error): Problem => ({ code: "yaml", subject: path, reason: error.message.replace(/\.$/, "") }),
  );
  if (first !== undefined) throw new MailstageError([first, ...rest]);
  return document.toJS();
}
