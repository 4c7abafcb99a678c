import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { describeProblem } from "../../src/base/problem.js";
import { sdkInstall, sdkProblems } from "../../src/dns/hosts/index.js";
import { sdkOf } from "../../stacks/dns/sdk-of.js";

const nowhere = join(tmpdir(), "mailstage-nowhere");
const manifest = z
  .object({ peerDependencies: z.record(z.string(), z.string()) })
  .parse(require("../../package.json"));

test.each([
  ["cloudflare", "@pulumi/cloudflare", "npm install @pulumi/cloudflare@6"],
  ["azure", "@pulumi/azure-native", "npm install @pulumi/azure-native@3"],
] as const)(
  "a package of %s that is not installed is told in one line that says how to",
  (host, name, install) => {
    const line = `dns.host: ${host}: needs ${name}, which is not installed beside mailstage. Run ${install} in your project, and commit package.json and its lock file.`;
    expect(sdkProblems(host, nowhere).map(describeProblem)).toEqual([line]);
    const absent = () =>
      sdkOf(
        host,
        () => require(`${nowhere}/${name}`),
        () => sdkProblems(host, nowhere),
      );
    expect(absent).toThrow(line);
  },
);

test("who has a zone elsewhere needs none, and who has one installed is told nothing", () => {
  for (const host of ["rfc2136", "manual"] as const) {
    expect(sdkProblems(host, nowhere)).toEqual([]);
    expect(sdkInstall(host)).toBeUndefined();
  }
  // From a folder below, as from a workspace's.
  for (const host of ["cloudflare", "azure"] as const)
    expect(sdkProblems(host, resolve(__dirname))).toEqual([]);
});

test("a package that is there and broken says so itself", () => {
  const broken = () => {
    throw new TypeError("is no constructor");
  };
  expect(() => sdkOf("azure", broken)).toThrow(/^is no constructor$/);
  expect(() => sdkOf("azure", () => require("@pulumi/not-there"))).toThrow(/Cannot find module/);
  expect(sdkOf("azure", () => 1)).toBe(1);
});

test("what is to be installed is of the major version that package.json names", () => {
  const named = Object.entries(manifest.peerDependencies).map(
    ([name, range]) => `npm install ${name}@${/^\^(\d+)\./.exec(range)?.[1]}`,
  );
  expect([sdkInstall("azure"), sdkInstall("cloudflare")]).toEqual(named.toSorted());
});
