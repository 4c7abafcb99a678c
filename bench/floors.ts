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

/** A stack of its own with some program. */
export interface Floor {
  /** One `pulumi up --skip-preview`: the first creates, the others do nothing. */
  up(): ReturnType<Project["measure"]>;
  close(): void;
}

function floorOf(text: string): Floor {
  const scratch = project("index.js", { NODE_PATH: join(process.cwd(), "node_modules") });
  scratch.write("index.js", text);
  return { up: () => scratch.measure("up", "--yes", "--skip-preview"), close: () => scratch.remove() };
}

/** The dynamic floor, to be measured in turns with what is compared with it: a machine is not equally fast all the time. */
export async function dynamicFloor(): Promise<Floor> {
  const floor = floorOf(dynamicProgram);
  await floor.up();
  return floor;
}

/** What any program costs on this machine, seconds. */
export interface Floors {
  /** Median of a no-op `pulumi up --skip-preview` of an empty program. */
  readonly empty: number;
  /** The first `pulumi up` with one trivial dynamic resource for each of 250 mailboxes. */
  readonly naive: number;
}

/** Measures the floors besides the dynamic one. */
export async function floors(runs: number): Promise<Floors> {
  const empty = floorOf(emptyProgram);
  const naive = floorOf(naiveProgram(250));
  try {
    await empty.up();
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) times.push((await empty.up()).seconds);
    return { empty: median(times), naive: (await naive.up()).seconds };
  } finally {
    empty.close();
    naive.close();
  }
}
