import { Document, isMap, isScalar, parse, parseDocument, stringify } from "yaml";
import { z } from "zod";
import { MailstageError } from "../../base/problem.js";
import { type PlanInput, parsePlan } from "../../plan/index.js";

const planKey = "mailstage:plan";

/** What stands above a field of the plan, for those who read it the first time. */
const comments: { readonly [field: string]: string } = {
  stage:
    "prepare, verify, connect, migrate, route, retire, complete: moved one at a time, each by a pull request",
  dns: "Who hosts the zone: rfc2136, cloudflare, azure or manual",
  source: [
    "Found by Autodiscover. Without it, and for Exchange 2003, add both exchangeServer and rpcProxyServer;",
    'Exchange 2003 also takes exchange: "2003"',
  ].join("\n"),
  directory: "ASSUMED from the domain: put the names of your Active Directory here",
  waves:
    "One list a wave. phase: created (uploaded only), started (copying), converted (mail users on premises)",
  licenses:
    "skuPartNumber of the licence; add usageLocation, such as US, for users who have none in the directory",
};

const stackSchema = z.looseObject({ config: z.looseObject({}).optional() }).nullable();

/** Whether a stack's configuration has a plan. @throws MailstageError `init-stack-invalid` */
export function hasPlan(stackText: string, file: string): boolean {
  const document = parseDocument(stackText, { prettyErrors: false });
  const parsed = stackSchema.safeParse(document.errors.length === 0 ? document.toJS() : undefined);
  if (!parsed.success)
    throw new MailstageError({
      code: "init-stack-invalid",
      subject: file,
      reason: "is there and is no stack configuration",
      hint: "Repair it, or move it away",
    });
  return parsed.data?.config?.[planKey] !== undefined;
}

/** The line by which editors find the schema; it has to be the file's first. */
const editorLine = (program: string) =>
  `# yaml-language-server: $schema=${program.replace(/dist\/stacks\/index\.js$/, "docs/stack.schema.json")}`;

/**
 * A stack's configuration with a commented plan in it; what else was there, such as secrets, stays.
 * @param present the configuration as it is, where there is one
 * @param program path of the program from the file's folder; the schema is in the same package
 * @throws MailstageError with every problem of the plan, as it will be read
 */
export function stackText(plan: PlanInput, present?: string, program: string = installedProgram): string {
  const document = present === undefined ? new Document({}) : parseDocument(present);
  const node = document.createNode(plan);
  for (const { key } of isMap(node) ? node.items : []) {
    const comment = isScalar(key) ? comments[String(key.value)] : undefined;
    if (isScalar(key) && comment !== undefined) key.commentBefore = comment.replace(/^/gm, " ");
  }
  document.setIn(["config", planKey], node);
  for (const path of [[], ["config"]]) {
    const map = document.getIn(path);
    if (isMap(map)) map.flow = false;
  }
  if (present === undefined)
    document.commentBefore = " Written by mailstage init. Every field: docs/plan.md of mailstage.";
  const body = document.toString({ lineWidth: 110 });
  const text = /^# *yaml-language-server:/m.test(body) ? body : `${editorLine(program)}\n${body}`;
  const written = z
    .looseObject({ config: z.looseObject({ [planKey]: z.unknown() }) })
    .parse(parse(text, { prettyErrors: false }));
  parsePlan(written.config[planKey]);
  return text;
}

/** The program in an installed package, from the folder that has node_modules. */
export const installedProgram = "node_modules/mailstage/dist/stacks/index.js";

/**
 * The Pulumi.yaml of a repository that holds plan and lists only (docs/own-repository.md).
 * @param main path of the program from there: another one where a workspace hoists the package
 */
export function projectText(domain: string, main: string = installedProgram): string {
  return stringify({
    name: `${domain.split(".")[0] ?? domain}-mail`,
    main,
    runtime: { name: "nodejs", options: { typescript: false } },
  });
}

/** The first list: a header and nothing else. Password and ForceChangePassword are added where they are wanted. */
export const listText = "EmailAddress\n";

const ignored = ["node_modules/", ".mailstage/", "snapshots/", "Pulumi.rehearsal.yaml"];

/** A .gitignore with our lines added; undefined where they are there. */
export function ignoreText(present = ""): string | undefined {
  const lines = new Set(present.split(/\r?\n/));
  const missing = ignored.filter((line) => !lines.has(line));
  if (missing.length === 0) return undefined;
  const gap = present === "" || present.endsWith("\n") ? "" : "\n";
  return `${present}${gap}${missing.join("\n")}\n`;
}
