import { context } from "../../providers/context.js";
import { secrets } from "../../src/plan/secrets.js";

/** Pulumi gives a handler the stack's configuration as this. */
const configured = (value: string | undefined) => {
  const get = (key: string) => (key === "mailstage:sourcePassword" ? value : undefined);
  return { get, require: (key: string) => get(key) ?? "" };
};

describe("a handler's secret", () => {
  const name = secrets.source.environment;
  const former = process.env[name];
  afterEach(() => {
    if (former === undefined) delete process.env[name];
    else process.env[name] = former;
  });

  test.each([
    ["from-environment", "from-config", "from-environment"],
    // As GitHub Actions sets the variable of a secret that a repository has not.
    ["", "from-config", "from-config"],
    [undefined, "from-config", "from-config"],
    ["", "", undefined],
    ["", undefined, undefined],
  ])("with %j in the environment and %j in stack configuration is %j", (environment, config, found) => {
    if (environment === undefined) delete process.env[name];
    else process.env[name] = environment;
    expect(context(configured(config), undefined).secret(secrets.source)).toBe(found);
  });
});
