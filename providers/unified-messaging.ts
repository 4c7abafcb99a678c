import type * as pulumi from "@pulumi/pulumi";
import { describeProblem, type Problem, throwIfAny } from "../src/base/problem.js";
import { counted, someOf } from "../src/base/words.js";
import { appliedAddresses, readWave } from "../src/migration/wave-file.js";
import {
  type Directory,
  disableUnifiedMessaging,
  enableUnifiedMessaging,
  keepUnifiedMessaging,
  keyOf,
  readUnifiedMessaging,
  surveyUnifiedMessaging,
  type UnifiedMessagingResult,
  type UnifiedMessagingSurvey,
  type UnifiedMessagingUser,
  unifiedMessagingRightsProblems,
} from "../src/on-premises/directory/index.js";
import { isKept } from "../src/snapshots/durable-lines.js";
import { inPlace, located } from "../src/snapshots/place.js";
import { refuseUnlessKept } from "../src/snapshots/refuse-unless-kept.js";
import type { InputsOf, OutputsOf } from "../src/state/index.js";
import { unifiedMessagingContract } from "../src/state/wave-unified-messaging.js";
import type { Context } from "./context.js";
import { dynamicProvider } from "./dynamic.js";
import type { Settled } from "./lifecycle.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { rosterOf, withDirectory } from "./settings.js";

type Inputs = InputsOf<"UnifiedMessaging">;

type Outputs = OutputsOf<"UnifiedMessaging">;

/** Whose Unified Messaging is turned off, or on again. */
export type UnifiedMessagingArgs = ArgsOf<"UnifiedMessaging", "digest">;

/**
 * Unified Messaging of a wave's users on premises (Microsoft's procedure, Prepare, step 5): off before their migration, on again after it.
 * What was set, PIN checksums included, is kept before the first user is changed, and never in state. Deleting
 * this resource changes nobody.
 */
export class UnifiedMessaging extends MailstageResource implements Documented<"UnifiedMessaging"> {
  declare readonly disabled: pulumi.Output<number>;
  declare readonly enabled: pulumi.Output<number>;
  declare readonly kept: pulumi.Output<string | null>;

  constructor(name: string, args: UnifiedMessagingArgs, opts?: pulumi.CustomResourceOptions) {
    super("UnifiedMessaging", name, args, opts);
  }
}

const fileOf = (inputs: Inputs) => inPlace(inputs.snapshots, `${inputs.wave}.unified-messaging.jsonl`);

/**
 * The wave's users as the file keeps them: who was kept under a listed address, and who holds one now. Two who had one
 * address are both brought back.
 */
async function keptUsers(
  root: string,
  inputs: Inputs,
  file: string,
  directory: Directory,
): Promise<UnifiedMessagingUser[]> {
  const path = located(root, file);
  if (!(await isKept(path))) return [];
  const { addresses } = readWave(root, inputs);
  const listed = new Set(addresses.map((address) => address.toLowerCase()));
  const { holders } = await surveyUnifiedMessaging(directory, addresses);
  return (await readUnifiedMessaging(path)).filter(
    (user) => listed.has(user.address.toLowerCase()) || holders.has(keyOf(user)),
  );
}

/** Addresses whose Unified Messaging is left as it is, since it cannot be told whose it is. */
function ambiguityProblems({ ambiguous }: UnifiedMessagingSurvey): Problem[] {
  return ambiguous.map(({ address, dns }) => ({
    code: "user-ambiguous",
    subject: address,
    reason: `several objects have it, one of them with Unified Messaging on: ${dns.join("; ")}`,
    hint: "Take it from all but one of them",
  }));
}

/** Refuses what the update would, and says whom it changes. */
async function foresee(
  cx: Context,
  inputs: Inputs,
  addresses: readonly string[],
  { file, before }: { readonly file: string; readonly before: number },
): Promise<void> {
  if (inputs.unifiedMessaging === "disable")
    return await withDirectory(cx, inputs.directory, async (directory) => {
      const survey = await surveyUnifiedMessaging(directory, addresses);
      const { users } = survey;
      throwIfAny([...ambiguityProblems(survey), ...(await unifiedMessagingRightsProblems(directory, users))]);
      if (users.length === 0) return;
      await refuseUnlessKept(cx, inputs.domain, file, before);
      await cx.info(
        `${inputs.wave}: Unified Messaging is turned off for ${counted(users.length, "user")}, without voice mail on premises until it is turned on again: ${someOf(users.map(({ address }) => address))}. What was set is kept in ${file}`,
      );
    });
  const users = (await isKept(located(cx.root, file)))
    ? await withDirectory(cx, inputs.directory, (directory) => keptUsers(cx.root, inputs, file, directory))
    : [];
  if (users.length > 0)
    await cx.info(
      `${inputs.wave}: Unified Messaging is set for ${counted(users.length, "user")} as ${file} keeps it: ${someOf(users.map(({ address }) => address))}`,
    );
}

export const unifiedMessagingProvider = /* @__PURE__ */ dynamicProvider(unifiedMessagingContract, {
  async check(cx, _news, olds, inputs) {
    if (inputs === undefined) return {};
    const { addresses } = readWave(cx.root, inputs);
    if (olds === undefined) await foresee(cx, inputs, addresses, { file: fileOf(inputs), before: 0 });
    return { roster: rosterOf(addresses) };
  },

  async changing(cx, inputs, { kept, disabled }) {
    // Where it is kept, only the outputs say: the plan may name another place by now.
    const { addresses } = readWave(cx.root, inputs);
    await foresee(cx, inputs, addresses, {
      file: kept ?? fileOf(inputs),
      before: kept === null ? 0 : disabled,
    });
  },

  async pending(_cx, inputs, state) {
    return state.failed > 0 || (inputs.unifiedMessaging === "disable" && state.enabled > 0);
  },

  async adopt(cx, adopting, inputs) {
    const file = fileOf(inputs);
    return await withDirectory(cx, inputs.directory, async (directory) => {
      const survey = await surveyUnifiedMessaging(directory, readWave(cx.root, inputs).addresses);
      adopting.differs(...ambiguityProblems(survey));
      const users = await keptUsers(cx.root, inputs, file, directory);
      const on = new Set(survey.users.map(keyOf));
      const off = users.filter((user) => !on.has(keyOf(user)));
      const disable = inputs.unifiedMessaging === "disable";
      const open = disable ? survey.users : off;
      if (open.length > 0)
        adopting.absent(
          `Unified Messaging ${disable ? "off" : "on"} for ${someOf(open.map(({ address }) => address))}`,
        );
      return {
        id: inputs.wave,
        outputs: {
          disabled: disable ? users.length : 0,
          enabled: disable ? 0 : users.length,
          failed: 0,
          kept: users.length > 0 ? file : null,
        },
      };
    });
  },

  async reconcile(cx, inputs, prior) {
    const file = prior?.outputs.kept ?? fileOf(inputs);
    return inputs.unifiedMessaging === "disable"
      ? await withDirectory(cx, inputs.directory, async (directory) => {
          const { addresses } = readWave(cx.root, inputs);
          const survey = await surveyUnifiedMessaging(directory, addresses);
          const { users } = survey;
          if (users.length > 0) {
            await refuseUnlessKept(cx, inputs.domain, file, prior?.outputs.kept ? prior.outputs.disabled : 0);
            await keepUnifiedMessaging(located(cx.root, file), users);
          }
          const written = await disableUnifiedMessaging(directory, users);
          const result = { ...written, failed: [...written.failed, ...ambiguityProblems(survey)] };
          const kept = await keptUsers(cx.root, inputs, file, directory);
          return blockedByFailures(inputs, result, {
            disabled: kept.length - written.failed.length,
            enabled: result.failed.length,
            failed: result.failed.length,
            kept: kept.length > 0 ? file : null,
          });
        })
      : await withDirectory(cx, inputs.directory, async (directory) => {
          const users = await keptUsers(cx.root, inputs, file, directory);
          throwIfAny(missingFile(inputs, file, users, prior?.outputs));
          if (users.length === 0)
            await cx.info(
              `${inputs.wave}: nothing is kept of Unified Messaging, so nothing is turned on again`,
            );
          const result = await enableUnifiedMessaging(directory, users);
          return blockedByFailures(inputs, result, {
            disabled: result.failed.length,
            enabled: users.length - result.failed.length,
            failed: result.failed.length,
            kept: users.length > 0 ? file : null,
          });
        });
  },

  async read(cx, inputs, state) {
    const addresses = appliedAddresses(inputs);
    if (addresses === undefined) return { inputs, outputs: state };
    const { users, ambiguous } = await withDirectory(cx, inputs.directory, (directory) =>
      surveyUnifiedMessaging(directory, addresses),
    );
    return { inputs, outputs: { ...state, enabled: users.length + ambiguous.length } };
  },

  async delete(cx, inputs, state) {
    if (state.disabled > 0)
      await cx.warn(
        `${inputs.wave}: Unified Messaging stays off for ${counted(state.disabled, "user")}; what was set is kept in ${state.kept ?? fileOf(inputs)}. unifiedMessaging: enable in the plan turns it on again`,
      );
  },
});

/** It was turned off here, yet what was set is not on this machine. */
function missingFile(
  inputs: Inputs,
  file: string,
  users: readonly UnifiedMessagingUser[],
  before: Outputs | undefined,
): Problem[] {
  if (before === undefined || before.disabled === 0 || users.length > 0) return [];
  return [
    {
      code: "unified-messaging-not-kept",
      subject: file,
      reason: `is not here or names nobody of ${inputs.wave}, although Unified Messaging of ${counted(before.disabled, "user")} was turned off`,
      hint: "Bring the file from the machine that ran the update, or use Enable-UMMailbox",
    },
  ];
}

function blockedByFailures(
  inputs: Inputs,
  { failed }: UnifiedMessagingResult,
  state: Outputs,
): Settled<Outputs> {
  return { id: inputs.wave, outputs: state, blocked: failed.map(describeProblem) };
}
