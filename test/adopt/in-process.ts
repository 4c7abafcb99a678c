import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adoptionVariable, findingsIn, formerMxVariable } from "../../src/base/adoption.js";
import type { Problem } from "../../src/base/problem.js";
import { adoptionOf, exportSchema, type ImportEntry } from "../../src/migration/adopt/import-file.js";
import { type Rehearsal, type RehearsalOptions, rehearse } from "../engine/rehearsal.js";
import type { Run } from "../engine/stack.js";
import { nameOf, rootType } from "../in-process/resource.js";
import { InProcessStack } from "../in-process/stack.js";

/** A migration whose engine is in this process, and what a person does who has lost its state, or never had one. */
export interface Adopted extends Rehearsal {
  /**
   * What `mailstage adopt` does, but for the command line: the program runs against an empty state, and its handlers look. The file's
   * resources are in the state then, as `pulumi import` puts them there.
   */
  adopt(formerMx?: FormerMx): Promise<Looked>;
}

/** What a look found. */
export interface Looked {
  readonly run: Run;
  readonly differs: readonly Problem[];
  readonly absent: readonly string[];
  readonly entries: readonly ImportEntry[];
}

const problemOf = ({ code, subject, reason }: Pick<Problem, "code" | "subject" | "reason">): Problem => ({
  code,
  subject,
  reason,
});

/** Opens a migration with an engine in this process. */
export async function adoptable(options: RehearsalOptions = {}): Promise<Adopted> {
  const stacks: InProcessStack[] = [];
  const rehearsal = await rehearse({
    ...options,
    createStack: async (given, lab) => {
      const made = await InProcessStack.against(() => lab, given);
      stacks.push(made);
      return made;
    },
  });
  const [stack] = stacks;
  if (stack === undefined) throw new Error("no stack was made");
  return Object.create(rehearsal, {
    adopt: { value: (formerMx?: FormerMx) => adoptIn(stack, formerMx) },
  });
}

/** The MX before the switch, as a person says it. */
export interface FormerMx {
  readonly ttl: number;
  readonly values: readonly string[];
}

/** Looks, and puts what was found into the stack's state. */
export async function adoptIn(stack: InProcessStack, formerMx?: FormerMx): Promise<Looked> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-look-"));
  const file = join(folder, "findings");
  await writeFile(file, "");
  const said = formerMx === undefined ? undefined : JSON.stringify(formerMx);
  stack.setEnvironment({ [adoptionVariable]: file, [formerMxVariable]: said });
  const run = await stack.up({ skipPreview: true });
  stack.setEnvironment({ [adoptionVariable]: undefined, [formerMxVariable]: undefined });
  const findings = findingsIn(await readFile(file, "utf8"));
  await rm(folder, { recursive: true });
  const { resources } = stack.snapshot;
  const { entries, absent } = adoptionOf(exportSchema.parse({ deployment: { resources } }), findings);
  stack.load(importing(stack, entries));
  const differs = findings.flatMap((finding) => (finding.differs ?? []).map(problemOf));
  return { run, differs, absent, entries };
}

/** The state as `pulumi import` leaves it: the file's resources, without what they depend on, and a stack without outputs. */
function importing(stack: InProcessStack, entries: readonly ImportEntry[]) {
  const { resources, operations } = stack.snapshot;
  const entryOf = ({ type, urn }: (typeof resources)[number]) =>
    entries.find((entry) => entry.type === type && (entry.logicalName ?? entry.name) === nameOf(urn));
  return {
    operations,
    resources: resources.flatMap((one) => {
      if (one.type === rootType) return [{ ...one, outputs: {} }];
      if (one.type.startsWith("pulumi:")) return one.type.startsWith("pulumi:providers:") ? [one] : [];
      const entry = entryOf(one);
      if (entry === undefined) return [];
      const { inputs = {}, outputs = {} } = entry;
      const bare = { dependencies: [], propertyDependencies: {}, retainOnDelete: false, importID: "" };
      return [{ ...one, ...bare, inputs: { ...inputs }, outputs: { ...outputs } }];
    }),
  };
}
