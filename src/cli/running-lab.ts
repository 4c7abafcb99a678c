import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Lab, LabControl } from "../../lab/index.js";
import { makeFolder } from "../base/make-folder.js";
import { MailstageError } from "../base/problem.js";
import { Interrupted } from "./failure.js";
import { loadLab } from "./load-lab.js";
import { labFolder } from "./pulumi-project.js";

const noteSchema = z.object({ control: z.url(), pid: z.int() });
const noteFile = (folder: string) => join(labFolder(folder), "lab.json");

/** Leaves a note of a running lab, so that `mailstage lab advance` finds it. */
export async function noteLab(folder: string, lab: Lab): Promise<void> {
  await makeFolder(labFolder(folder));
  await writeFile(noteFile(folder), JSON.stringify({ control: lab.addresses.control, pid: process.pid }));
}

/** Takes the note away. */
export async function forgetLab(folder: string): Promise<void> {
  await rm(noteFile(folder), { force: true });
}

/** The lab that runs for a folder or one above it. @throws MailstageError `lab-not-running` */
export async function findLab(start: string): Promise<LabControl> {
  for (let folder = start; ; folder = dirname(folder)) {
    const control = await addressIn(folder);
    if (control !== undefined) return (await loadLab()).connectControl(control);
    if (folder === dirname(folder))
      throw new MailstageError({
        code: "lab-not-running",
        subject: start,
        reason: "no lab runs for this folder",
        hint: "Start one with mailstage lab or mailstage rehearse",
      });
  }
}

/** The control address noted in a folder, unless its lab is gone. */
async function addressIn(folder: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(noteFile(folder), "utf8");
  } catch {
    return undefined;
  }
  const { control, pid } = noteSchema.parse(JSON.parse(text));
  try {
    process.kill(pid, 0);
    return control;
  } catch {
    return undefined;
  }
}

/** Waits until Ctrl-C or SIGTERM. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    // Signals alone do not keep Node running; the lab's servers do.
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

/** Rejects with Interrupted on Ctrl-C or SIGTERM while `work` runs; `work` goes on, its caller cleans up. */
export async function interruptible<T>(work: Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new Interrupted());
    process.on("SIGINT", stop).on("SIGTERM", stop);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}
