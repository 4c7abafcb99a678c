import type { z } from "zod";
import { type DnsPlan, planSchema } from "../../plan/index.js";

/** What `mailstage init` has to be told because it cannot be found out. */
export type InputName = "domain" | "tenant" | "testMailbox" | "account" | "zoneId" | "resourceGroup";
/** What has been told so far. */
export type Inputs = { readonly [Name in InputName]?: string | undefined };
/** What a migration with a host of the DNS has to be told, all of it. */
export type CompleteInputs = Inputs & {
  readonly [Name in "domain" | "tenant" | "testMailbox" | "account"]: string;
};
/** Puts a question to a person and returns the answer. */
export type Ask = (question: string) => Promise<string>;

interface Input {
  readonly flag: string;
  /** What it is, in words: the question, and the line of the usage error. */
  readonly meaning: string;
  readonly schema: z.ZodType;
}

const { domain, tenant, source, dns } = planSchema.shape;
const [, cloudflare, azure] = dns.options;

/** How each input is given, asked and judged: by the plan's own schema. */
const inputs: { readonly [Name in InputName]: Input } = {
  domain: { flag: "--domain", meaning: "The on-premises e-mail domain", schema: domain },
  tenant: { flag: "--tenant", meaning: "Directory (tenant) id of Microsoft 365", schema: tenant.shape.id },
  testMailbox: {
    flag: "--test-mailbox",
    meaning: "A mailbox in the domain that will be migrated, to test the connection",
    schema: source.shape.testMailbox,
  },
  account: {
    flag: "--account",
    meaning: "The migration administrator on premises, DOMAIN\\user or an e-mail address",
    schema: source.shape.account,
  },
  zoneId: {
    flag: "--zone-id",
    meaning: "The zone's id at Cloudflare, 32 hexadecimal digits",
    schema: cloudflare.shape.zoneId,
  },
  resourceGroup: {
    flag: "--resource-group",
    meaning: "The zone's resource group in Azure",
    schema: azure.shape.resourceGroup,
  },
};

/** The inputs a plan needs with a DNS host, in the order they are asked. */
export function neededInputs(host: DnsPlan["host"] | undefined): InputName[] {
  const ofHost: InputName[] = host === "cloudflare" ? ["zoneId"] : host === "azure" ? ["resourceGroup"] : [];
  return ["domain", "tenant", "testMailbox", "account", ...ofHost];
}

/** What is wrong with a value; undefined where nothing is. */
function inputMistake(name: InputName, value: string): string | undefined {
  return inputs[name].schema.safeParse(value).error?.issues[0]?.message;
}

/** One line for each input that is missing or wrong, all at once; none where every needed one is there. */
export function inputMistakes(given: Inputs, needed: readonly InputName[]): string[] {
  return needed.flatMap((name) => {
    const { flag, meaning } = inputs[name];
    const value = given[name];
    if (value === undefined) return [`${flag} is missing: ${meaning}`];
    const mistake = inputMistake(name, value);
    return mistake === undefined ? [] : [`${flag} ${JSON.stringify(value)} ${mistake}`];
  });
}

/** Whether everything every plan needs has been told. */
export function isComplete(given: Inputs): given is CompleteInputs {
  return neededInputs(undefined).every((name) => given[name] !== undefined);
}

/** Asks for what is missing, each until the answer is right. What was given is not asked again. */
export async function askInputs(
  given: Inputs,
  needed: readonly InputName[],
  ask: Ask,
  complain: (mistake: string) => void,
): Promise<Inputs> {
  let answers = given;
  for (const name of needed) {
    while (answers[name] === undefined) {
      const answer = (await ask(`${inputs[name].meaning}: `)).trim();
      const mistake = inputMistake(name, answer);
      if (mistake === undefined) answers = { ...answers, [name]: answer };
      else complain(mistake);
    }
  }
  return answers;
}
