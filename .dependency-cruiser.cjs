/**
 * The rooms of the house, from the ground up: a file imports from its own room and from rooms below it (docs/architecture.md).
 * Types count as much as values.
 */
const rooms = [
  "src/base",
  "src/plan",
  "src/snapshots",
  "src/on-premises",
  "src/microsoft365",
  "src/dns",
  "src/state",
  "src/migration",
  "src/reports",
  "lab",
  "policy",
  "providers",
  "stacks",
  "src/cli",
  "bench",
];
/** Beside one another, though one stands above the other in the list. */
const strangers = {
  // Who reviews runs the pack, the program must not depend on it, nor the pack on the program.
  policy: ["lab", "providers", "stacks"],
  // Only the CLI and what is measured start the lab; the program does not know that there is one.
  lab: ["providers", "stacks"],
  // What is run by Pulumi is loaded by it, never by the CLI.
  providers: ["src/cli", "lab"],
  stacks: ["src/cli", "lab"],
  "src/cli": ["policy", "providers", "stacks"],
};

const folders = (names) => `^(${names.join("|")})/`;

module.exports = {
  forbidden: [
    ...rooms.map((room, at) => ({
      name: `${room}-imports-downward`,
      severity: "error",
      from: { path: folders([room]) },
      to: { path: folders([...rooms.slice(at + 1), ...(strangers[room] ?? []), "test"]) },
    })),
    {
      name: "every-room-has-its-floor",
      comment: "A new folder is written into the list above.",
      severity: "error",
      from: { path: "^(src|lab|providers|stacks|policy|bench)/", pathNot: folders(rooms) },
      to: {},
    },
    {
      name: "src-knows-no-pulumi",
      severity: "error",
      from: { path: "^(src|lab)/", pathNot: "^lab/plugins/" },
      to: { path: "@pulumi/" },
    },
    {
      name: "what-dns-hosts-share-knows-none",
      comment: "A fact of one host would be every later one's.",
      severity: "error",
      from: { path: "^src/dns/hosts/shared/" },
      to: { path: "^src/dns/hosts/(?!shared/)" },
    },
    { name: "no-circles", severity: "error", from: { pathNot: "^test/" }, to: { circular: true } },
    {
      name: "no-circles-in-tests",
      severity: "error",
      from: { path: "^test/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-undeclared-package",
      comment:
        "The stand-in plugins patch the SDK's messages, and tests make and read them, so they need the very protobuf the SDK loads.",
      severity: "error",
      from: { pathNot: "^(lab/plugins/|test/in-process/|test/providers/protobuf-text)" },
      // An optional peer stands in peerDependenciesMeta as well, which dependency-cruiser 17.4 takes for a place that declares nothing.
      to: {
        dependencyTypes: ["npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm", "npm-dev", "npm-peer"],
      },
    },
    {
      name: "the-package-needs-no-development-package",
      comment:
        "What is published runs without devDependencies; an optional peer is both, and the lab's certificates bring theirs along (scripts/setup/bundle.mjs).",
      severity: "error",
      from: { path: "^(src|lab|providers|stacks|policy)/", pathNot: "^lab/certificates\\.ts$" },
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
