import { constants } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { failureText } from "../cloud/scrub.js";
import { MailstageError } from "../errors/index.js";

/**
 * Appends lines to a file that others rely on after a crash: when this resolves they are on the disk (fsync of file and
 * folder). A last line without its end was cut off by a crash before its fsync returned, and is taken away. Mode 0600.
 * @param compose the lines to add, given the whole lines the file has
 */
export async function appendDurably(file: string, compose: (present: string) => string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await handle.chmod(0o600);
    const present = wholeLines(await handle.readFile("utf8"));
    const octets = Buffer.from(compose(present));
    const end = Buffer.byteLength(present);
    await handle.truncate(end);
    let written = 0;
    while (written < octets.length)
      written += (await handle.write(octets, written, octets.length - written, end + written)).bytesWritten;
    await handle.sync();
    await syncFolder(dirname(file));
  } finally {
    await handle.close();
  }
}

/** The whole lines of such a file. @throws MailstageError snapshot-unreadable */
export async function readDurably(file: string): Promise<string> {
  try {
    return wholeLines(await readFile(file, "utf8"));
  } catch (error) {
    throw new MailstageError(
      {
        code: "snapshot-unreadable",
        subject: file,
        reason: `cannot be read: ${failureText(error)}`,
      },
      { cause: error },
    );
  }
}

function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

async function syncFolder(folder: string): Promise<void> {
  // The file's name is on the disk only when its folder is; Windows cannot open a folder and needs no such step.
  if (process.platform === "win32") return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
