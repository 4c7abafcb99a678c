/** Sets up and walks at random (test/walk/README.md): `npm run walk -- --seed N --commands`. */
import { join } from "node:path";
import { root } from "./setup/run.mjs";
import { main, runNode, setUp } from "./setup.mjs";

/** As deep as test/walk, so that what looks for the compiled program beside itself finds it. */
const outfile = join(root, ".mailstage/walk/main.cjs");

await main(async (args) => {
  const env = await setUp();
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/walk/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    packages: "external",
    logLevel: "warning",
  });
  // A larger nursery: what a run leaves behind is a fifth of its time otherwise.
  return runNode(["--max-semi-space-size=128", outfile, ...args], env);
});
