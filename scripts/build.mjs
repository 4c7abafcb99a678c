/** Compiles the program to dist/. */

import { compile } from "./setup/compile.mjs";
import { installPackages } from "./setup/packages.mjs";
import { main } from "./setup.mjs";

await main(async () => {
  await installPackages();
  await compile();
  return 0;
});
