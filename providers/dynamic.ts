import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import type { z } from "zod";
import { MailstageError } from "../src/base/problem.js";
import { onWaiting } from "../src/microsoft365/http/waiting.js";
import { folded, unfolded } from "../src/state/folding.js";
import { newerState } from "../src/state/format-version.js";
import { context } from "./context.js";
import { engineAddress } from "./engine-address.js";
import { say } from "./engine-log.js";
import { watchEngine } from "./interruption.js";
import type { Lifecycle, Schemas } from "./lifecycle.js";
import {
  hasUnknown,
  jsonClean,
  onceOnly,
  type Properties,
  parseProperties,
  settledInputs,
  withoutEngineOwned,
} from "./properties.js";
import { passTextWhole } from "./protobuf-text.js";
import { Blocked, refusals, reportingDifferences, withPlainErrors } from "./refusals.js";

/** The stage, which all else depends on, says in which form the state is. */
function refuseNewer(properties: Properties | undefined): void {
  const newer = newerState(properties?.["format"]);
  if (newer !== undefined) throw new MailstageError(newer);
}

watchEngine();
if (engineAddress() !== undefined) passTextWhole();
onWaiting((text) => void say("info", text, undefined, false));

/**
 * Turns a resource's contract and lifecycle into the object that Pulumi's dynamic provider plugin calls. What that interface asks of
 * every provider is done here once: parsing, unknown values, comparing, texts of refusals.
 *
 * Callers mark the call as pure, and give the contract as an argument of its own: only so the bundler can leave the handlers out of the
 * program, which needs the resource classes alone (scripts/setup/bundle.mjs).
 */
export function dynamicProvider<I extends z.ZodObject, O extends z.ZodObject>(
  schemas: Schemas<I, O>,
  lifecycle: Lifecycle<I, O>,
): dynamic.ResourceProvider {
  const definition = { ...schemas, ...lifecycle };
  const { folding = {} } = schemas;
  /** From state, and back into it. */
  const fromState = (properties: Properties) => unfolded({ folding }, properties);
  const forState = (properties: Properties) => jsonClean(folded({ folding }, properties));
  let config: dynamic.Config | undefined;
  /** Made when first needed: most runs know all inputs, and the plugin loads every kind of resource for a few. */
  let partialInputs: ReturnType<typeof definition.inputs.partial> | undefined;

  const inputsOf = (properties: Properties) => parseProperties(definition.inputs, properties, "input");
  const outputsOf = (properties: Properties) => parseProperties(definition.outputs, properties, "state");
  /** Refuses what is of a wrong type, and gives nothing back: defaults are for inputs that are whole. */
  function assertPartial(given: Properties): asserts given is Partial<z.output<I>> & Properties {
    partialInputs ??= definition.inputs.partial();
    parseProperties(partialInputs, given, "input");
  }
  /** Inputs are partial while some are unknown in a preview. */
  const partialOf = (given: Properties): Partial<z.output<I>> => {
    assertPartial(given);
    return given;
  };
  const contextOf = (properties: Properties) => context(config, properties["resourceUrn"]);

  const settle = async (asked: Properties, prior: { id: string; olds: Properties } | undefined) => {
    const news = fromState(asked);
    const olds = prior && fromState(prior.olds);
    const cx = contextOf(news);
    const { adopting } = cx;
    const { adopt } = definition;
    const { id, outputs, blocked } = await (adopting !== undefined && adopt !== undefined
      ? reportingDifferences(adopting, async () => adopt(cx, adopting, inputsOf(news)))
      : definition.reconcile(
          cx,
          inputsOf(news),
          prior && olds && { id: prior.id, inputs: inputsOf(olds), outputs: outputsOf(olds) },
        ));
    const outs = forState({ ...news, ...outputs });
    if (blocked !== undefined && blocked.length > 0) throw new Blocked(id, outs, [...blocked]);
    return { id, outs };
  };

  return {
    // Nothing is awaited here: read and delete may arrive before an asynchronous configure has ended.
    configure: async (request) => {
      config = request.config;
    },

    check: (last: Properties | undefined, asked: Properties) =>
      withPlainErrors(async () => {
        const [olds, news] = [last && fromState(last), fromState(asked)];
        const isTold = (key: string) =>
          !hasUnknown(news[key]) && !folding[key]?.some((by) => hasUnknown(news[by]));
        const given = Object.fromEntries(
          Object.entries(withoutEngineOwned(news)).filter(([key]) => isTold(key)),
        );
        const whole = definition.inputs.safeParse(given, onceOnly);
        const inputs = whole.success ? whole.data : partialOf(given);
        if (definition.check === undefined) return { inputs: asked, failures: [] };
        const before = olds === undefined ? undefined : withoutEngineOwned(olds);
        // State written by an earlier version may lack an input; then the resource is treated as new.
        const previous =
          before === undefined || Object.keys(before).length === 0 || hasUnknown(before)
            ? undefined
            : definition.inputs.safeParse(before, onceOnly);
        const cx = contextOf(news);
        const checked = await refusals(async () => {
          refuseNewer(before);
          return definition.check?.(cx, inputs, previous?.data, whole.data);
        }, cx.adopting);
        return { inputs: forState({ ...news, ...checked.value }), failures: checked.failures };
      }),

    diff: (_id, last: Properties, asked: Properties) =>
      withPlainErrors(async () => {
        const [olds, news] = [fromState(last), fromState(asked)];
        const ignored = new Set<string>(definition.ignoreChanges);
        const keys = new Set([
          ...Object.keys(withoutEngineOwned(news)),
          ...Object.keys(definition.inputs.shape).filter((key) => olds[key] !== undefined),
        ]);
        const changed = [...keys].filter(
          (key) => !ignored.has(key) && !isDeepStrictEqual(olds[key] ?? undefined, news[key] ?? undefined),
        );
        const replaces = changed.filter((key) => definition.replaceOn?.some((own) => own === key));
        const given = () => [contextOf(news), inputsOf(settledInputs(news, olds)), outputsOf(olds)] as const;
        if (changed.length > 0 && replaces.length === 0 && definition.changing !== undefined)
          await definition.changing(...given());
        const changes =
          changed.length > 0 || (definition.pending !== undefined && (await definition.pending(...given())));
        return { changes, replaces, deleteBeforeReplace: true };
      }),

    create: (news: Properties) => withPlainErrors(() => settle(news, undefined)),

    update: (id, olds: Properties, news: Properties) =>
      withPlainErrors(async () => ({ outs: (await settle(news, { id, olds })).outs })),

    read: (id, saved: Properties) =>
      withPlainErrors(async () => {
        const properties = fromState(saved);
        refuseNewer(properties);
        const found = await definition.read(
          contextOf(properties),
          inputsOf(properties),
          outputsOf(properties),
          id,
        );
        if (found === undefined) return { id: "", props: {} };
        const { resourceUrn } = properties;
        return {
          id,
          props: forState({ ...properties, ...found.inputs, ...found.outputs }),
          inputs: forState({ ...found.inputs, resourceUrn }),
        };
      }),

    delete: (id, saved: Properties) =>
      withPlainErrors(async () => {
        const properties = fromState(saved);
        await definition.delete(contextOf(properties), inputsOf(properties), outputsOf(properties), id);
      }),
  };
}
