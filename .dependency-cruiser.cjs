/** Imports go downward only: stacks → providers → src; src knows nothing of Pulumi (docs/architecture.md). */
module.exports = {
  forbidden: [
    {
      name: "src-knows-no-pulumi",
      comment: "The lab's stand-ins of plugins are programs of their own.",
      severity: "error",
      from: { path: "^src/", pathNot: "^lab/plugins/" },
      to: { path: "@pulumi/|^(providers|stacks|policy)/" },
    },
    {
      name: "providers-know-no-stacks",
      severity: "error",
      from: { path: "^providers/" },
      to: { path: "^stacks/" },
    },
    {
      name: "policy-knows-src-alone",
      comment: "Reviewers run the pack; the program must not depend on it, nor the pack on the program.",
      severity: "error",
      from: { path: "^policy/" },
      to: { path: "^(providers|stacks)/" },
    },
    {
      name: "nothing-but-tests-knows-the-policy",
      severity: "error",
      from: { pathNot: "^(policy|test)/" },
      to: { path: "^policy/" },
    },
    {
      name: "only-the-cli-starts-the-lab",
      severity: "error",
      from: { path: "^(src/(?!lab/|cli/)|providers/|stacks/|policy/)" },
      to: { path: "^lab/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "nothing-from-test", severity: "error", from: { pathNot: "^test/" }, to: { path: "^test/" } },
    {
      name: "no-undeclared-package",
      comment:
        "The stand-in plugins patch the SDK's messages, and the engine inside the test process makes them, so they need the very protobuf the SDK loads.",
      severity: "error",
      from: { pathNot: "^(lab/plugins|test/in-process)/" },
      // An optional peer stands in peerDependenciesMeta as well, which dependency-cruiser 17.4 takes for a place that declares nothing.
      to: {
        dependencyTypes: ["npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm", "npm-dev", "npm-peer"],
      },
    },
    {
      name: "the-package-needs-no-development-package",
      comment: "What is published runs without devDependencies; an optional peer is both.",
      severity: "error",
      from: { path: "^(src|providers|stacks|policy)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer", "type-only"] },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
  },
};
