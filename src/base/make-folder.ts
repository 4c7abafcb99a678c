import { mkdir } from "node:fs/promises";
import { z } from "zod";
import { MailstageError } from "./problem.js";
import { failureText } from "./scrub.js";

/** Makes a folder with all above it. @throws MailstageError folder-blocked where a file is in the way, or it may not be made */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const { code } = z.object({ code: z.string().optional() }).catch({}).parse(cause);
    const blocked = code === "EEXIST" || code === "ENOTDIR";
    throw new MailstageError(
      {
        code: "folder-blocked",
        subject: folder,
        reason: blocked
          ? "is needed as a folder, and it or one above it is a file"
          : `cannot be made: ${failureText(cause)}`,
        hint: blocked
          ? "Move that file away, or name another folder"
          : "Name a folder that this account may make",
      },
      { cause },
    );
  }
}
