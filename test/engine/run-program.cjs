const { createRequire } = require("node:module");
const { join, resolve } = require("node:path");

/**
 * What the language host starts in place of the SDK's own `cmd/run`, which it loads in turn. The host that is built here takes no notice
 * of `typescript: false` in Pulumi.yaml, as those of Pulumi's releases do, and has the SDK load the compiler for each run: a tenth of
 * its time (2026-11). A program in JavaScript does without.
 */
const program = () => {
  const folder = process.argv[process.argv.indexOf("--pwd") + 1];
  try {
    return require.resolve(resolve(folder, process.argv.at(-1)));
  } catch {
    // The SDK says what is missing.
    return "";
  }
};

if (program().endsWith(".js")) delete process.env.PULUMI_NODEJS_TYPESCRIPT;
// As the host finds it.
createRequire(join(process.cwd(), "-"))("@pulumi/pulumi/cmd/run");
