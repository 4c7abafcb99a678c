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

const up = async (scratch: Project) => (await scratch.measure("up", "--yes", "--skip-preview")).seconds;

async function timed(text: string, runs: number, first = false): Promise<number> {
  const scratch = project("index.js", { NODE_PATH: join(process.cwd(), "node_modules") });
  try {
    program("index.js", text, scratch);
    const creation = await up(scratch);
    if (first) return creation;
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) times.push(await up(scratch));
    return median(times);
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
}

/** Measures the floors. */
export async function floors(runs: number): Promise<Floors> {
  return {
    empty: await timed(emptyProgram, runs),
    dynamic: await timed(dynamicProgram, runs),
    naive: await timed(naiveProgram(250), 1, true),
  };
}
