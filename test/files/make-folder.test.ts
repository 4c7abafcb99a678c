import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../src/base/make-folder.js";

test("a file where a folder is needed is named with what to do, and no raw error", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-folder-"));
  await writeFile(join(folder, "review"), "");
  for (const path of ["review", "review/below"])
    await expect(makeFolder(join(folder, path))).rejects.toMatchObject({
      problems: [
        {
          code: "folder-blocked",
          subject: join(folder, path),
          reason: expect.not.stringMatching(/EEXIST|ENOTDIR/),
        },
      ],
    });
  await makeFolder(join(folder, "a/b"));
  await makeFolder(join(folder, "a/b"));
  await rm(folder, { recursive: true });
});
