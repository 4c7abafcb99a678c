import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { output, root, run, SetupError, say } from "./run.mjs";

/** Start Node for a dynamic provider and a policy pack. */
const launchers = ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"];

/** Builds the CLI and its Node language host from the modules pinned in tools/ into `target`/bin; several minutes the first time. */
export async function buildEngine(target, version) {
  say(`building the Pulumi engine ${version} with Go, once on this machine; about four minutes`);
  const draft = `${target}.${process.pid}`;
  const bin = join(draft, "bin");
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  try {
    const stamp = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
    await goBuild(
      "pulumi",
      "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      join(bin, "pulumi"),
      `-s -w -X ${stamp}`,
    );
    const sdk = "github.com/pulumi/pulumi/sdk/v3";
    const host = `${sdk}/nodejs/cmd/pulumi-language-nodejs`;
    await goBuild("language-nodejs", host, join(bin, "pulumi-language-nodejs"), "-s -w");
    const module = output("go", ["list", "-m", "-f", "{{.Dir}}", sdk], {
      cwd: join(root, "tools/language-nodejs"),
    });
    if (module === undefined) throw new SetupError("the Go module of the Pulumi SDK cannot be found again");
    for (const name of launchers) {
      copyFileSync(join(module, "nodejs/dist", name), join(bin, name));
      chmodSync(join(bin, name), 0o755);
    }
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  say("the Pulumi engine is built");
}

async function goBuild(tool, target, file, flags) {
  const begun = Date.now();
  let compiled = 0;
  let printed = "";
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    say(`  ${tool}: ${compiled === 0 ? "downloading" : `${compiled} packages compiled`}, ${seconds} s`);
  }, 10_000);
  try {
    const code = await run("go", ["build", "-v", "-mod=readonly", "-o", file, "-ldflags", flags, target], {
      cwd: join(root, "tools", tool),
      stdio: ["ignore", 2, "pipe"],
      started: (child) =>
        child.stderr.on("data", (chunk) => {
          const text = chunk.toString();
          compiled += text.split("\n").filter((line) => line !== "" && !line.startsWith("go: ")).length;
          printed = (printed + text).slice(-4000);
        }),
    });
    if (code !== 0) throw new SetupError(`go build of ${tool} failed:\n${printed.trimEnd()}`);
  } finally {
    clearInterval(report);
  }
}
