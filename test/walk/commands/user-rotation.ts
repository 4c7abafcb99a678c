import fc from "fast-check";
import { type SecretName, secretNames } from "../../../lab/index.js";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import { atRequest } from "./cut-off.js";
import { learned, up } from "./up.js";

/** When the machine that runs Pulumi is given the new secret. */
const whens = ["at once", "after an update with the old one", "while an update has the old one"] as const;

/** What services say to the wrong secret, and mailstage to who has given it. */
const refused =
  /refused the account|rejects the signature|issued no token|Invalid access token|Invalid client secret|Exchange cannot connect to the on-premises/;

let rotated = 0;

/** A secret that nobody has had before; a TSIG key's is base64 (RFC 8945 §3). */
function freshSecret(name: SecretName): string {
  rotated += 1;
  const text = `R0tated-${name.toLowerCase()}-${rotated}-f0r-g00d`;
  return name === "MAILSTAGE_TSIG_SECRET" ? Buffer.from(text).toString("base64") : text;
}

/** What becomes of secrets at the services that they are for. */
export const userRotationCommands = [
  command({
    name: "a secret is rotated",
    weight: 3,
    data: fc.record({
      secret: fc.constantFrom(...secretNames),
      when: fc.constantFrom(...whens),
      skip: fc.nat(20),
    }),
    possible: () => true,
    typed: ({ secret, when, skip }) =>
      `${secret} is another one at its service from now on, and is exported anew ${when}${when.startsWith("while") ? `, at request ${skip + 1}` : ""}; pulumi up --yes`,
    async run(migration, model, { secret, when, skip }) {
      const { lab, plan } = migration;
      // Of a host that the zone is not at there is none.
      if (lab.environment[secret] === undefined || migration.shape.host === "manual") return;
      // Who makes the endpoint by hand gives it the password by hand.
      if (secret === "MAILSTAGE_SOURCE_PASSWORD" && plan.source.credentials === "adopt") return;
      const value = freshSecret(secret);
      const rotate = () => lab.rotate(secret, value);
      model.moved = true;
      if (when === "while an update has the old one") {
        const hang = { kind: "hang" as const, skip, count: 1 };
        const run = await atRequest(migration, hang, () => {
          rotate();
          lab.faults.clear();
        });
        learned(migration, model, run);
      }
      if (lab.environment[secret] !== value) rotate();
      if (when === "after an update with the old one") await up(migration, model);
      migration.setEnvironment({ [secret]: value });
      if (await up(migration, model)) return;
      const { errors = "" } = migration.last ?? {};
      if (refused.test(errors))
        throw new Violated("5 the remedy is one", `${secret} is given anew: ${errors}`);
    },
  }),
];
