import { createHash, scryptSync } from "node:crypto";
import { z } from "zod";
import { MailstageError, type Problem } from "../../base/problem.js";
import { canonical } from "./same-inputs.js";

/** What an approval is given for: where the migration stands, what is to be done, and with which mailboxes. */
export interface BindingParts {
  /** What `pulumi stack export` prints. */
  readonly state: string;
  /** The plan as the stack's configuration has it. */
  readonly plan: unknown;
  /** The mailbox files by their path in the plan. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One hash a part, in hexadecimal digits: tells what moved without telling what it was. SHA-256, of files scrypt. */
export interface Bound {
  readonly format: 1;
  readonly stack: string;
  readonly state: string;
  readonly plan: string;
  readonly files: Readonly<Record<string, string>>;
  /** All of it in one, which the review shows. */
  readonly hash: string;
}

const exportSchema = z.object({
  // Null for a stack that was never updated.
  deployment: z
    .object({
      resources: z.array(z.record(z.string(), z.unknown())).nullish(),
      pending_operations: z.array(z.unknown()).nullish(),
    })
    .nullable(),
});

const digest = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

/** A mailbox file may hold short passwords: guessing one by the record is made slow, and useless for another state. */
const slowDigest = (bytes: Uint8Array, salt: string) => scryptSync(digest(bytes), salt, 32).toString("hex");

/**
 * Binds a review to what it was made of.
 * @throws MailstageError `state-unreadable`
 */
export function bindingOf(stack: string, parts: BindingParts): Bound {
  const state = digest(stateText(parts.state));
  const plan = digest(canonical(parts.plan) ?? "");
  const files = Object.fromEntries(
    [...parts.files]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([path, bytes]) => [path, slowDigest(bytes, state)]),
  );
  return { format: 1, stack, state, plan, files, hash: digest(canonical({ stack, state, plan, files })) };
}

/** The part of the state that an update goes by: resources and what is pending, not when or by which version it was written. */
function stateText(exported: string): string {
  let value: unknown;
  try {
    value = JSON.parse(exported);
  } catch {
    value = undefined;
  }
  const parsed = exportSchema.safeParse(value);
  if (!parsed.success)
    throw new MailstageError({
      code: "state-unreadable",
      subject: "state",
      reason: "is not what pulumi stack export prints",
      hint: "Look at what pulumi stack export --stack prints there",
    });
  const { resources, pending_operations: pending } = parsed.data.deployment ?? {};
  return canonical({
    // Ciphertexts are made anew by every export and say nothing; whether a secret changed shows in its digest input.
    resources: (resources ?? []).map(({ urn, id, type, inputs, outputs, protect, initErrors }) =>
      withoutCiphertexts({ urn, id, type, inputs, outputs, protect, initErrors }),
    ),
    pending: pending ?? [],
  });
}

function withoutCiphertexts(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutCiphertexts);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === "ciphertext" ? "secret" : withoutCiphertexts(part),
    ]),
  );
}

const boundSchema: z.ZodType<Bound> = z.object({
  format: z.literal(1),
  stack: z.string(),
  state: z.string(),
  plan: z.string(),
  files: z.record(z.string(), z.string()),
  hash: z.string(),
});

/**
 * What moved since a review was bound; none: it may be applied.
 * @param recorded the record, as it was parsed from JSON
 * @throws MailstageError `binding-unreadable`
 */
export function bindingProblems(recorded: unknown, now: Bound): Problem[] {
  const parsed = boundSchema.safeParse(recorded);
  if (!parsed.success)
    throw new MailstageError({
      code: "binding-unreadable",
      subject: "binding",
      reason: "is not what mailstage review --bind writes",
      hint: "Give the file as it was written, or review anew",
    });
  const then = parsed.data;
  const hint = "Review it again and have that approved";
  const problems: Problem[] = [];
  if (then.stack !== now.stack)
    problems.push({
      code: "bound-stack",
      subject: `stack ${now.stack}`,
      reason: `is not the reviewed one, ${then.stack}`,
      hint,
    });
  if (then.state !== now.state)
    problems.push({ code: "bound-state", subject: "state", reason: "has moved on since the review", hint });
  if (then.plan !== now.plan)
    problems.push({ code: "bound-plan", subject: "plan", reason: "was changed since the review", hint });
  for (const path of [...new Set([...Object.keys(then.files), ...Object.keys(now.files)])].sort()) {
    const [before, after] = [then.files[path], now.files[path]];
    const reason =
      after === undefined
        ? "was reviewed and is not in the plan any more"
        : before === undefined
          ? "was not there at the review"
          : before !== after && then.state === now.state
            ? "was changed since the review"
            : undefined;
    if (reason !== undefined) problems.push({ code: "bound-file", subject: path, reason, hint });
  }
  return problems;
}
