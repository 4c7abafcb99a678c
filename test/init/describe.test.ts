import { nextSteps } from "../../src/cli/init/index.js";

describe("the steps after mailstage init", () => {
  const commands = (pipeline: Parameters<typeof nextSteps>[2]) =>
    nextSteps("production", "rfc2136", pipeline).map(([command]) => command);

  test("give passwords to a stack that is there, before the check that reads them", () => {
    expect(commands("none")).toEqual([
      "$EDITOR mailboxes/wave1.csv",
      "$EDITOR Pulumi.production.yaml",
      "pulumi stack init production",
      "pulumi config set --secret mailstage:sourcePassword --stack production",
      "pulumi config set --secret mailstage:directoryPassword --stack production",
      "pulumi config set --secret mailstage:tsigSecret --stack production",
      "npx mailstage check --stack production",
      "npx mailstage rehearse --stack production",
      "pulumi up --stack production",
    ]);
  });

  test("begin with the Pulumi CLI on a machine that has none, and run it from the package", () => {
    const all = nextSteps("production", "manual", "none", false).map(([command]) => command);
    expect(all.indexOf("npx mailstage engine")).toBeLessThan(all.indexOf("npx pulumi stack init production"));
    expect(all.at(-1)).toBe("npx pulumi up --stack production");
    expect(all.filter((command) => command.startsWith("pulumi"))).toEqual([]);
  });

  test("install what the DNS host needs of Pulumi, where it is not there", () => {
    const steps = (host: "cloudflare" | "azure" | "rfc2136", there: boolean) =>
      nextSteps("production", host, "none", true, there).map(([command]) => command);
    expect(steps("cloudflare", false)).toContain("npm install @pulumi/cloudflare@6");
    expect(steps("azure", false)).toContain("npm install @pulumi/azure-native@3");
    for (const all of [steps("rfc2136", false), steps("azure", true)])
      expect(all.join("\n")).not.toContain("npm install");
  });

  test("keep no password in a stack whose passphrase a review has, and leave the update to the pipeline", () => {
    const all = commands("github");
    expect(all.join("\n")).not.toMatch(/config set --secret|pulumi up/);
    expect(
      all.indexOf("read -rs MAILSTAGE_SOURCE_PASSWORD && export MAILSTAGE_SOURCE_PASSWORD"),
    ).toBeLessThan(all.indexOf("npx mailstage check --stack production"));
    expect(all.slice(-2)).toEqual(["$PAGER node_modules/mailstage/docs/pipelines.md", "git push"]);
  });
});
