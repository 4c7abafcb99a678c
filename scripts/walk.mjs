/** Sets up and walks at random (test/walk/README.md): `npm run walk -- --seed N --commands`. */
import { bundleWalk } from "./setup/bundle.mjs";
import { seekFaults } from "./setup/faults.mjs";
import { main, runNode, setUp } from "./setup.mjs";

await main(async (args) => {
  const env = await setUp();
  if (args.includes("--faults"))
    return seekFaults(
      args.filter((arg) => arg !== "--faults"),
      env,
    );
  const outfile = await bundleWalk("main");
  // A larger nursery: what a run leaves behind is a fifth of its time otherwise.
  return runNode(["--max-semi-space-size=128", outfile, ...args], env);
});
