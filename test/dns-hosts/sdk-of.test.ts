import { sdkOf } from "../../stacks/dns/sdk-of.js";

test("a DNS host's package that is not installed is told in one line that says how to", () => {
  expect(() => sdkOf("cloudflare", "@pulumi/cloudflare@6", () => require("@pulumi/not-there"))).toThrow(
    /^dns\.host: cloudflare: needs a package that is not installed beside mailstage\. Run npm install @pulumi\/cloudflare@6 in your project/,
  );
});

test("a package that is broken says so itself", () => {
  const broken = () => {
    throw new TypeError("is no constructor");
  };
  expect(() => sdkOf("azure", "@pulumi/azure-native@3", broken)).toThrow(/^is no constructor$/);
  expect(sdkOf("azure", "@pulumi/azure-native@3", () => 1)).toBe(1);
});
