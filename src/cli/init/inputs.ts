import type { HostQuestion } from "../../dns/hosts/host-interface.js";
import { isNativeHost, type NativeHostName, nativeHosts } from "../../dns/hosts/index.js";
import { type DnsPlan, planSchema } from "../../plan/index.js";

/** What `mailstage init` has to be told because it cannot be found out. */
export type InputName =
  | "domain"
  | "tenant"
  | "testMailbox"
  | "account"
  | (typeof nativeHosts)[NativeHostName]["asked"][number]["name"];
/** What has been told so far. */
export type Inputs = { readonly [Name in InputName]?: string | undefined };
/** What a migration with a host of the DNS has to be told, all of it. */
export type CompleteInputs = Inputs & {
  readonly [Name in "domain" | "tenant" | "testMailbox" | "account"]: string;
};
/** Puts a question to a person and returns the answer. */
export type Ask = (question: string) => Promise<string>;

/** How an input is given, asked and judged: by the plan's own schema. */
export interface Input extends HostQuestion {
  readonly name: InputName;
}

const { domain, tenant, source } = planSchema.shape;

/** The input that all looking begins with. */
export const domainInput: Input = {
  name: "domain",
  flag: "--domain <name>",
  meaning: "The on-premises e-mail domain",
  schema: domain,
};

const ofEveryPlan: readonly Input[] = [
  domainInput,
  {
    name: "tenant",
    flag: "--tenant <guid>",
    meaning: "Directory (tenant) id of Microsoft 365",
    schema: tenant.shape.id,
  },
  {
    name: "testMailbox",
    flag: "--test-mailbox <address>",
    meaning: "A mailbox in the domain that will be migrated, to test the connection",
    schema: source.shape.testMailbox,
  },
  {
    name: "account",
    flag: "--account <name>",
    meaning: "The migration administrator on premises, DOMAIN\\user or an e-mail address",
    schema: source.shape.account,
  },
];

/** The inputs a plan needs with a DNS host, in the order they are asked. */
export const neededInputs = (host: DnsPlan["host"] | undefined): readonly Input[] =>
  host !== undefined && isNativeHost(host) ? [...ofEveryPlan, ...nativeHosts[host].asked] : ofEveryPlan;

/** The options of the command line by which inputs are given. */
export const inputOptions = (): { readonly flag: string; readonly meaning: string }[] => [
  ...ofEveryPlan,
  ...Object.values(nativeHosts).flatMap(({ asked }): readonly Input[] => asked),
];

/** What is wrong with a value; undefined where nothing is. */
const mistakeIn = ({ schema }: Input, value: string): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

/** One line for each input that is missing or wrong, all at once; none where every needed one is there. */
export function inputMistakes(given: Inputs, needed: readonly Input[]): string[] {
  return needed.flatMap((input) => {
    const [flag] = input.flag.split(" ");
    const value = given[input.name];
    if (value === undefined) return [`${flag} is missing: ${input.meaning}`];
    const mistake = mistakeIn(input, value);
    return mistake === undefined ? [] : [`${flag} ${JSON.stringify(value)} ${mistake}`];
  });
}

/** Whether everything every plan needs has been told. */
export function isComplete(given: Inputs): given is CompleteInputs {
  return ofEveryPlan.every(({ name }) => given[name] !== undefined);
}

/** Asks for what is missing, each until the answer is right. What was given is not asked again. */
export async function askInputs(
  given: Inputs,
  needed: readonly Input[],
  ask: Ask,
  complain: (mistake: string) => void,
): Promise<Inputs> {
  let answers = given;
  for (const input of needed) {
    while (answers[input.name] === undefined) {
      const answer = (await ask(`${input.meaning}: `)).trim();
      const mistake = mistakeIn(input, answer);
      if (mistake === undefined) answers = { ...answers, [input.name]: answer };
      else complain(mistake);
    }
  }
  return answers;
}
