// A pipeline's machine is not where a test takes place: what a user's pipeline refuses is tried by tests that say so. That all
// servers must be there is a matter of the run itself.
if (process.env.CI) process.env.MAILSTAGE_TEST_ALL_SERVERS = "1";
for (const name of ["CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "KUBERNETES_SERVICE_HOST"])
  delete process.env[name];

/** Unit and contract tests run from the TypeScript sources; engine tests run the built program through the real CLI. */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  maxWorkers: 2,
  testSequencer: "<rootDir>/test/sequencer.cjs",
  testTimeout: 30_000,
};
