import { Secret } from "@pulumi/policy";
import { isSecretProperty, isSecretVariable } from "../../src/base/secret-names.js";
import { kindOf } from "../../src/reports/shared/preview.js";
import { plainEntries } from "../declared.js";
import type { ResourceRule } from "../rule.js";

/** Ours: whoever knows all of a file but one short password could find that by its digest. */
const digests = /^(?:digest|passwordDigest)$/;
/** Values that are secrets by their form: private keys, tokens of the form of RFC 7519, keys of Azure storage. */
const forms = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\./,
  /\bAccountKey=[\w+/]{20,}/,
];
/** Characters; a shorter secret is looked for as a whole value only, since it may be part of any other text. */
const shortest = { whole: 8, within: 12 };

function secretsOfEnvironment(): [string, string][] {
  return Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && value.length >= shortest.whole && isSecretVariable(name) ? [[name, value]] : [],
  );
}

/** What was found at each resource by the look, for the question that follows it. */
const secretsInClear = new Map<string, readonly string[]>();

/**
 * Secrets reach a validation in clear, indistinguishable from other text. They are still marked as such in what a
 * remediation is handed: so this rule is of level `remediate`, looks there, changes nothing, and reports afterwards.
 * It names properties, never values.
 */
export const secretsHidden: ResourceRule = {
  name: "secrets-hidden",
  description:
    "Passwords, keys and digests of them are Pulumi secrets, or are not given to a resource at all.",
  level: "remediate",
  look({ urn, type, props }) {
    const secrets = secretsOfEnvironment();
    secretsInClear.set(urn, [...inClear(props, "", { secrets, ours: kindOf(type) !== undefined })]);
  },
  resource({ urn, name }) {
    const reasons = secretsInClear.get(urn);
    if (reasons === undefined)
      return [
        {
          subject: name,
          reason: "was not looked at for secrets",
          hint: "Leave the enforcement level of secrets-hidden at remediate, or set it to disabled",
        },
      ];
    return reasons.map((reason) => ({
      subject: name,
      reason,
      hint: "Make it pulumi.secret(…), set it with pulumi config set --secret, or leave it to the environment",
    }));
  },
};

interface Search {
  readonly secrets: readonly [string, string][];
  readonly ours: boolean;
}

function* inClear(value: unknown, path: string, search: Search): Generator<string> {
  if (value instanceof Secret) return;
  if (typeof value === "string") {
    const reason = whyInClear(value, path, search);
    if (reason !== undefined) yield `${path} ${reason}`;
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of plainEntries(value)) {
    if (path === "" && (key === "__provider" || key === "resourceUrn")) continue;
    yield* inClear(part, path === "" ? key : `${path}.${key}`, search);
  }
}

function whyInClear(value: string, path: string, { secrets, ours }: Search): string | undefined {
  if (value === "") return undefined;
  const name = path.slice(path.lastIndexOf(".") + 1);
  const found = secrets.find(
    ([, secret]) => value === secret || (secret.length >= shortest.within && value.includes(secret)),
  );
  if (found !== undefined) return `holds the value of ${found[0]} in clear`;
  if (ours && digests.test(name)) return "is a digest of secrets in clear";
  if (isSecretProperty(name)) return "is a secret by its name, and in clear";
  if (forms.some((form) => form.test(value))) return "is a secret by its form, and in clear";
  return undefined;
}
