import fc from "fast-check";
import { secretNames } from "../../../lab/index.js";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import { up } from "./up.js";

/** What happens to secrets on the machine that runs Pulumi. */
export const userSecretCommands = [
  command({
    name: "a secret that is wrong",
    weight: 2,
    data: fc.record({
      // Those of other hosts are not asked for.
      secret: fc.constantFrom(...secretNames),
      value: fc.constantFrom(undefined, "", "V3ry-wr0ng-S3cret", "bm90IHRoZSBzZWNyZXQ="),
      apply: fc.boolean(),
    }),
    possible: () => true,
    typed: ({ secret, value, apply }) =>
      `${value === undefined ? `unset ${secret}` : `export ${secret}='${value}'`}; pulumi ${apply ? "up --yes" : "preview"}; and as it was`,
    async run(migration, model, { secret, value, apply }) {
      migration.setEnvironment({ [secret]: value });
      try {
        if (apply) await up(migration, model);
        else migration.last = await migration.stack.preview();
      } finally {
        migration.setEnvironment({ [secret]: migration.lab.environment[secret] });
      }
      const { last } = migration;
      if (value !== undefined && value !== "" && last?.errors.includes(value))
        throw new Violated("4 no secret in an error", `${secret} in ${last.errors}`);
      model.moved = true;
    },
  }),
];
