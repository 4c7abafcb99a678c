import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of mailstage itself, where package.json is: the same from sources and from the compiled program. */
export const packageRoot = above(__dirname);

function above(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? folder : above(parent);
}
