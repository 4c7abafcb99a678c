import { existsSync } from "node:fs";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { mapBounded } from "../../base/map-bounded.js";
import { MailstageError } from "../../base/problem.js";
import { captureEngine } from "../capture.js";
import { type PulumiProject, stackFile } from "../pulumi-project.js";

const configSchema = z.looseObject({
  encryptionsalt: z.string().optional(),
  secretsprovider: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});
const secureSchema = z.object({ secure: z.string() });

/** A stack's configuration as YAML has it. */
async function readConfig(file: string) {
  const text = existsSync(file) ? await readFile(file, "utf8") : "";
  return configSchema.parse(parseDocument(text).toJS() ?? {});
}

/**
 * Encrypts each text by the secrets provider of the stack, whatever that is: Pulumi does it, in a copy of the stack's configuration.
 * @returns the ciphertext of each
 * @throws MailstageError `adopt-secrets`
 */
export async function encryptForStack(
  project: PulumiProject,
  stack: string,
  texts: readonly string[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const own = stackFile(project, stack);
  const first = join(folder, "encrypt-0.yaml");
  if (existsSync(own)) await copyFile(own, first);
  const encrypt = async (file: string, text: string): Promise<[string, string]> => {
    const { code, stderr } = await captureEngine(
      {
        args: [
          ...["config", "set", "--secret", "mailstage:adopted", "--config-file", file],
          ...["--stack", stack, "--non-interactive"],
        ],
        folder: project.folder,
        environment: process.env,
      },
      { input: text },
    );
    const found = secureSchema.safeParse((await readConfig(file)).config?.["mailstage:adopted"]);
    if (code === 0 && found.success) return [text, found.data.secure];
    throw new MailstageError({
      code: "adopt-secrets",
      subject: `stack ${stack}`,
      reason: `cannot encrypt what stands as a secret in its state: ${firstLine(stderr)}`,
      hint: "Make the stack first (pulumi stack init), and set what its secrets provider asks for, such as PULUMI_CONFIG_PASSPHRASE",
      operation: "pulumi config set --secret",
    });
  };
  const [one, ...others] = [...new Set(texts)];
  if (one === undefined) return new Map();
  const made = [await encrypt(first, one)];
  // A passphrase has a salt from its first use on; the others are to be encrypted with the same.
  await keepSalt(first, own);
  const rest = await mapBounded(others, 2, async (text, index) => {
    const file = join(folder, `encrypt-${index + 1}.yaml`);
    await copyFile(first, file);
    return encrypt(file, text);
  });
  return new Map([...made, ...rest]);
}

/** Writes the salt of the stack's passphrase where it had none yet, as Pulumi's own first update does. */
async function keepSalt(from: string, to: string): Promise<void> {
  const { encryptionsalt: made } = await readConfig(from);
  const { encryptionsalt, secretsprovider } = await readConfig(to);
  if (made === undefined || encryptionsalt !== undefined || secretsprovider !== undefined) return;
  const document = parseDocument(existsSync(to) ? await readFile(to, "utf8") : "");
  document.set("encryptionsalt", made);
  await writeFile(to, document.toString());
}

/** The stack's configuration without what is encrypted, and the keys of that. */
export async function plainConfig(
  project: PulumiProject,
  stack: string,
): Promise<{ readonly text: string; readonly secure: readonly string[] }> {
  const file = stackFile(project, stack);
  const document = parseDocument(existsSync(file) ? await readFile(file, "utf8") : "");
  const { config } = configSchema.parse(document.toJS() ?? {});
  const secure = Object.entries(config ?? {}).flatMap(([key, value]) =>
    secureSchema.safeParse(value).success ? [key] : [],
  );
  for (const key of ["encryptionsalt", "secretsprovider", "encryptedkey"]) document.delete(key);
  for (const key of secure) document.deleteIn(["config", key]);
  return { text: document.toString(), secure };
}

/** The first line of what a command of Pulumi's says is wrong. */
export const firstLine = (text: string): string =>
  (text.trim().split("\n")[0] ?? "").replace(/^error: /, "").replace(/\.$/, "") || "it said nothing";
