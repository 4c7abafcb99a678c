import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { writePlugins } from "../../lab/plugins.js";
import { unwrapped } from "../../src/base/wrapped.js";
import { holdWidth } from "../base/printed.js";
import { Stack } from "../engine/stack.js";

/** A resource to declare: see declare.cjs. */
export interface DeclaredResource {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** The executable that starts the pack. */
export const pack = join(__dirname, "../../policy/pack/run.cjs");

const policyEvent = z.object({
  policyEvent: z.object({
    resourceUrn: z.string().optional(),
    message: z.string(),
    policyName: z.string(),
    enforcementLevel: z.string(),
  }),
});

/** What the engine said of one preview with the pack. */
export interface PolicyPreview {
  readonly code: number | null;
  /** `rule level: message`, sorted. */
  readonly violations: readonly string[];
  readonly errors: string;
}

/** Previews a stack of declared resources with the real engine and the pack. */
export async function policyPreview(
  resources: readonly DeclaredResource[],
  options: {
    readonly config?: unknown;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<PolicyPreview> {
  const plugins = await mkdtemp(join(tmpdir(), "mailstage-plugins-"));
  await writePlugins(plugins);
  const stack = await Stack.create({
    plan: {},
    main: join(__dirname, "declare.cjs"),
    files: {
      "resources.json": JSON.stringify(resources),
      "policy.json": JSON.stringify(options.config ?? {}),
    },
    environment: {
      ...options.environment,
      PATH: [plugins, process.env["PATH"]].join(delimiter),
    },
  });
  try {
    const file = join(stack.folder, "resources.json");
    const config = ["--policy-pack-config", join(stack.folder, "policy.json")];
    const run = await stack.run(
      "preview",
      "--policy-pack",
      pack,
      ...(options.config === undefined ? [] : config),
      "--config",
      `test:resources=${file}`,
    );
    const violations = run.stdout.split("\n").flatMap((line) => {
      if (!line.includes('"policyEvent"')) return [];
      const { policyName, enforcementLevel, message } = policyEvent.parse(JSON.parse(line)).policyEvent;
      holdWidth(plain(message), { each: 10, first: 10 });
      return [`${policyName} ${enforcementLevel}: ${unwrapped(plain(message)).replaceAll("\n", " ")}`];
    });
    return { code: run.code, violations: violations.sort(), errors: run.errors };
  } finally {
    await stack.dispose();
    await rm(plugins, { recursive: true, force: true });
  }
}

/** Without the engine's colours. */
const plain = (message: string) => message.replace(/<\{%.*?%\}>/g, "").trim();
