import {
  exitCodeOf,
  type Review,
  readPreview,
  reviewMarkdown,
  reviewOf,
} from "../../src/reports/review/index.js";
import { contracts } from "../../src/state/index.js";
import { isResourceKind, storedNames } from "../../src/state/read-resource.js";
import type { Rehearsal } from "../engine/rehearsal.js";
import { Stack } from "../engine/stack.js";
import { previewViolations } from "../policy/ask.js";
import { pack } from "../policy/preview.js";

/** A preview, reviewed as a pipeline does it. */
export interface Reviewed {
  /** What the engine printed. */
  readonly preview: string;
  readonly review: Review;
  /** As a comment, without what is another in every run. */
  readonly markdown: string;
  readonly exit: number;
}

/** What a pull request's pipeline and the nightly one see of a rehearsal. */
export function eyesOf(rehearsal: Rehearsal) {
  const reviewed = (preview: string, mode: "plan" | "drift"): Reviewed => {
    const review = reviewOf(readPreview(preview), { mode });
    return { preview, review, markdown: steady(reviewMarkdown(review)), exit: exitCodeOf(review.verdict) };
  };
  return {
    /** `mailstage review` with the default pack, whose findings fail the test. */
    async review(): Promise<Reviewed> {
      const { stack } = rehearsal;
      const real = stack instanceof Stack;
      const run = await stack.run("preview", "--show-sames", ...(real ? ["--policy-pack", pack] : []));
      const findings = real
        ? run.stdout.split("\n").filter((line) => line.includes('"policyEvent"'))
        : previewViolations(run);
      expect(findings).toEqual([]);
      return reviewed(run.stdout, "plan");
    },
    /** `mailstage review --drift`. */
    async drift(): Promise<Reviewed> {
      const run = await rehearsal.stack.run("refresh", "--preview-only", "--show-sames");
      expect(run.errors).toBe("");
      return reviewed(run.stdout, "drift");
    },
    /** What stands in state without being in its contract, and what its contract requires and state lacks. */
    async brokenContracts(): Promise<string[]> {
      const { resources } = await rehearsal.stack.exportState();
      return resources.flatMap(({ type, outputs, urn }) => {
        const kind = /^pulumi-nodejs:dynamic\/mailstage:(\w+)$/.exec(type)?.[1] ?? "";
        if (!isResourceKind(kind)) return [];
        const names = new Set([...storedNames(kind), "__provider", "resourceUrn"]);
        const unknown = Object.keys(outputs).filter((name) => !names.has(name));
        const { inputs, outputs: own, forgotten } = contracts[kind];
        const left = new Set<string>(forgotten);
        const missing = Object.entries({ ...inputs.shape, ...own.shape })
          .filter(
            ([name, schema]) =>
              !left.has(name) && outputs[name] === undefined && !schema.safeParse(undefined).success,
          )
          .map(([name]) => name);
        return [
          ...unknown.map((name) => `${urn}: ${name} is in no contract`),
          ...missing.map((name) => `${urn}: ${name} is missing`),
        ];
      });
    },
  };
}

/** Without times, ports and the codes the tenant draws. */
function steady(markdown: string): string {
  return markdown
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "<time>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<guid>")
    .replace(/\b[0-9a-f]{32}\b/g, "<id>")
    .replace(/lab authority [0-9a-f]{8}/g, "lab authority <id>")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replace(/\bport \d+/g, "port <port>")
    .replace(/\bMS=ms\d+/g, "MS=ms<code>")
    .replace(/\bms\d{8}\b/g, "ms<code>")
    .replace(/valid until \d{4}-\d\d-\d\d/g, "valid until <day>");
}
