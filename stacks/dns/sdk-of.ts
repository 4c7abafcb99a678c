import * as pulumi from "../../providers/sdk.js";
import { describeProblem } from "../../src/errors/index.js";

/**
 * Loads the SDK of a DNS host's provider, which only those install who have their zone there (157 MB for both).
 * @param load a plain `require` of it
 * @throws pulumi.RunError where it is not installed, with how to
 */
export function sdkOf<Sdk>(host: string, install: string, load: () => Sdk): Sdk {
  try {
    return load();
  } catch (error) {
    const missing =
      typeof error === "object" && error !== null && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (!missing) throw error;
    throw new pulumi.RunError(
      describeProblem({
        code: "dns-package-missing",
        subject: `dns.host: ${host}`,
        reason: "needs a package that is not installed beside mailstage",
        hint: `Run npm install ${install} in your project, and commit package.json and its lock file`,
      }),
    );
  }
}
