import { join } from "node:path";
import { median, type Project, project } from "./engine.js";

/** A program that declares nothing. */
const emptyProgram = `require("@pulumi/pulumi");\n`;

/** A program with one dynamic resource that does nothing, its provider one constant line as ours are. */
const dynamicProgram = `const pulumi = require("@pulumi/pulumi");
class Trivial extends pulumi.CustomResource {
  constructor(name) {
    super("pulumi-nodejs:dynamic/floor:Trivial", name, {
      __provider: "exports.handler=()=>({diff:async()=>({changes:false}),create:async(i)=>({id:'x',outs:i})})",
    });
  }
}
new Trivial("one");
`;

/** A program with one dynamic resource a mailbox: what a provider costs that is written without thought. */
const naiveProgram = (count: number) => `${dynamicProgram}
for (let i = 0; i < ${count}; i++) new Trivial("mailbox" + i);
`;

/** Programs need the repository's packages, so they lie beneath its dist folder. */
function program(name: string, text: string, folder: Project): string {
  folder.write(name, text);
  return join(folder.folder, name);
}

type Measured = Awaited<ReturnType<Project["measure"]>>;

const up = (scratch: Project) => scratch.measure("up", "--yes", "--skip-preview");

async function measured(text: string, runs: number): Promise<{ first: Measured; later: Measured[] }> {
  const scratch = project("index.js", { NODE_PATH: join(process.cwd(), "node_modules") });
  try {
    program("index.js", text, scratch);
    const first = await up(scratch);
    const later: Measured[] = [];
    for (let run = 0; run < runs; run += 1) later.push(await up(scratch));
    return { first, later };
  } finally {
    scratch.remove();
  }
}

/** What any program costs on this machine, seconds. */
export interface Floors {
  /** Median of a no-op `pulumi up --skip-preview` of an empty program. */
  readonly empty: number;
  /** The same with one trivial dynamic resource. */
  readonly dynamic: number;
  /** The first `pulumi up` with one trivial dynamic resource for each of 250 mailboxes. */
  readonly naive: number;
  /** The most memory of a no-op with one trivial dynamic resource, MB. */
  readonly peakMb: number;
}

/** Measures the floors. */
export async function floors(runs: number): Promise<Floors> {
  const seconds = (later: readonly Measured[]) => median(later.map((one) => one.seconds));
  const empty = await measured(emptyProgram, runs);
  const dynamic = await measured(dynamicProgram, runs);
  const naive = await measured(naiveProgram(250), 0);
  return {
    empty: seconds(empty.later),
    dynamic: seconds(dynamic.later),
    naive: naive.first.seconds,
    peakMb: Math.max(...dynamic.later.map(({ peakMb }) => peakMb)),
  };
}
