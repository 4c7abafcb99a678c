import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Installs the packed package in a folder as one package manager does. */
export interface PackageManager {
  readonly name: string;
  /** What it needs beside a package.json, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folder of the user's project below the repository's. @default the same */
  readonly project?: string;
  /** The package is outside of the user's project, or in a store and linked: the program is told where Pulumi.yaml is. */
  readonly outside?: boolean;
  /** The command, run in the user's project. */
  command(packed: string): readonly [string, ...string[]];
}

const npm = (packed: string) =>
  ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", packed] as const;

/** A package manager from npm, in the version that was tried. */
const from = (specifier: string, program: string, ...args: readonly string[]) =>
  ["npm", "exec", "--yes", `--package=${specifier}`, "--", program, ...args] as const;

/** The package managers that people have, each as it comes. */
export const managers: readonly PackageManager[] = [
  { name: "npm", command: npm },
  {
    name: "npm, with a workspace that hoists",
    files: { "package.json": JSON.stringify({ private: true, workspaces: ["mail/*"] }) },
    project: "mail/contoso",
    outside: true,
    command: npm,
  },
  {
    name: "pnpm",
    outside: true,
    command: (packed) =>
      // What Pulumi itself loads from the project has to be the project's own with pnpm.
      from("pnpm@10.34.9", "pnpm", "add", "--ignore-scripts", packed, "@pulumi/pulumi@3.276.0", "pulumi"),
  },
  {
    name: "yarn classic",
    command: (packed) =>
      from("yarn@1.22.22", "yarn", "add", "--ignore-scripts", "--non-interactive", `file:${packed}`),
  },
  {
    name: "yarn berry, with node_modules",
    files: {
      ".yarnrc.yml": "nodeLinker: node-modules\nenableScripts: false\nenableTelemetry: false\n",
      "yarn.lock": "",
    },
    command: (packed) => from("@yarnpkg/cli-dist@4.18.1", "yarn", "add", `mailstage@file:${packed}`),
  },
  {
    name: "bun",
    command: (packed) => from("bun@1.4.5", "bun", "add", "--ignore-scripts", `mailstage@${packed}`),
  },
];

/** Writes a repository with its project. @returns the project's folder */
export async function writeRepository(root: string, manager: PackageManager): Promise<string> {
  const project = join(root, manager.project ?? ".");
  await mkdir(project, { recursive: true });
  await writeFile(
    join(project, "package.json"),
    JSON.stringify({ name: "contoso-mail", version: "1.0.0", private: true }),
  );
  for (const [path, text] of Object.entries(manager.files ?? {})) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return project;
}
