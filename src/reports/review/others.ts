import { count, counted, listed, mailboxes } from "../../base/words.js";
import { proofSettlesMinutes } from "../../migration/wait-15-minutes.js";
import { inPlace } from "../../snapshots/place.js";
import { component, recordGroup } from "../../state/component.js";
import { readResource } from "../../state/read-resource.js";
import { hasUnknown, type Step } from "../shared/preview.js";
import type { OtherChange } from "./model.js";
import { isNative } from "./native-record-sets.js";
import { recordSetsOf } from "./record-sets.js";
import { canonical, sameInputs, telling } from "./same-inputs.js";

/** Kinds shown in sections of their own, and those that only remember: their change says nothing by itself. */
const shownElsewhere = new Set([
  "Stage",
  "StageReached",
  "Gate",
  "DnsAdoption",
  "DnsBaseline",
  "DnsObservation",
  "MigrationBatch",
  "LicenseAssignment",
  "MailUserConversion",
]);
/** Groups of the records at Cloudflare and Azure, and the migration as a whole: what is in them is shown. */
const groups: ReadonlySet<string> = new Set([recordGroup, component]);

const nouns: Readonly<Record<string, string>> = {
  MigrationEndpoint: "migration endpoint",
  Domain: "domain in the tenant",
  DomainVerification: "verification of the domain",
  UnifiedMessaging: "Unified Messaging of",
  TargetAddressPermission: "right to write targetAddress in",
  DnsManual: "record set that is set by hand:",
  DnsRecordSet: "how the record set is kept:",
  DnsRemoval: "records that make room:",
};

/**
 * Everything that changes and has no section of its own; and what of it is deleted or replaced, in words.
 * @param foreign records that are none of the migration's
 */
export function otherChanges(
  steps: readonly Step[],
  foreign: ReadonlySet<Step> = new Set(),
): { others: OtherChange[]; dangers: string[] } {
  const own = steps.filter((step) => !foreign.has(step));
  const setBack = new Set(
    recordSetsOf(own, undefined).flatMap(({ byHand, name }) => (byHand === "told" ? [name] : [])),
  );
  const told = steps
    .filter((step) => step.op !== "same" && step.op !== "read" && step.op !== "refresh")
    .filter(({ op }) => op !== "create-replacement" && op !== "delete-replaced")
    .filter((step) => (!isNative(step) || foreign.has(step)) && !groups.has(step.type))
    .filter((step) => !shownElsewhere.has(step.kind ?? "") || isHandedOver(step))
    .filter((step) => !isRecordSet(step.kind) || isAboutItsPlace(step, setBack))
    .map((step) => ({ step, change: otherChange(step) }))
    .sort((left, right) => left.change.subject.localeCompare(right.change.subject, "en"));
  return {
    others: told.map(({ change }) => change),
    dangers: told.flatMap(({ step, change: { verb, subject } }) =>
      (verb !== "delete" && verb !== "replace") || isHarmless(step)
        ? []
        : [`${subject} is ${verb === "delete" ? "deleted" : "replaced"}`],
    ),
  };
}

/** Whether other stacks of a split plan are to go by something new, where no new stage says so. */
function isHandedOver({ kind, op, before, after }: Step): boolean {
  if (kind !== "StageReached" || op !== "update") return false;
  const [olds, news] = [readResource(kind, before), readResource(kind, after)];
  return olds.stage === news.stage && olds.handsOver !== news.handsOver;
}

const isRecordSet = (kind: Step["kind"]) => kind === "DnsRecordSet" || kind === "DnsManual";

/**
 * A record set of which no value changes, but how it is kept: its server, its key; or whether a person has set it.
 * @param setBack names at which a person is asked to set back what stood there before
 */
function isAboutItsPlace(step: Step, setBack: ReadonlySet<string>): boolean {
  if (step.op === "delete") {
    const { name } = readResource("DnsManual", step.before);
    return step.kind === "DnsManual" && (name === undefined || !setBack.has(name));
  }
  if (step.op === "create" || step.op === "drift") return false;
  const { planned = [] } = readResource("DnsManual", step.after);
  return planned.every(({ before, after }) => canonical(before) === canonical(after));
}

/** A removal of what changes nothing where it is: the users, or a right that others gave. */
function isHarmless({ kind, op, outputsBefore }: Step): boolean {
  if (kind === "TargetAddressPermission")
    return op === "delete" && readResource("TargetAddressPermission", outputsBefore).added === false;
  return kind === "UnifiedMessaging" || kind === "DnsManual" || kind === "DnsRemoval";
}

function otherChange(step: Step): OtherChange {
  if (step.kind === "StageReached")
    return {
      verb: "modify",
      subject: "plan and lists that other stacks go by",
      changes: [],
      meaning:
        "The other stacks of the plan go by what this one was applied with last: it is to be applied, although nothing else in it may change.",
    };
  const verb = verbOf(step);
  return {
    verb,
    subject: `${nouns[step.kind ?? ""] ?? step.type} ${objectName(step)}`,
    changes: step.op === "update" || step.op === "replace" ? changedInputs(step) : [],
    meaning: meaningOf(step, verb),
  };
}

/** What a resource is called by people. */
function objectName(step: Step): string {
  const name = ownName(step);
  return name === undefined || hasUnknown(name) ? step.name : name;
}

function ownName({ kind, before, after }: Step): string | undefined {
  const props = after ?? before;
  switch (kind) {
    case "UnifiedMessaging":
      return readResource(kind, props).wave;
    case "TargetAddressPermission":
      return readResource(kind, props).organizationalUnit;
    case "MigrationEndpoint":
      return readResource(kind, props).name;
    case "Domain":
    case "DomainVerification":
      return readResource(kind, props).domain;
    case "DnsManual":
    case "DnsRecordSet": {
      const { type, name } = readResource(kind, props);
      return name === undefined ? undefined : `${type} ${name}`;
    }
    case undefined: {
      const name = props?.["name"];
      return typeof name === "string" ? name : undefined;
    }
    default:
      return undefined;
  }
}

function verbOf(step: Step): OtherChange["verb"] {
  if (step.op === "create" || step.op === "import") return "create";
  if (step.op === "delete" || step.op === "replace") return step.op;
  return sameInputs(step) ? "continue" : "modify";
}

/** What it means to the users and administrators, where that is not plain from its values. */
function meaningOf(step: Step, verb: OtherChange["verb"]): string | null {
  switch (step.kind) {
    case "UnifiedMessaging":
      return telephonyMeaning(step, verb);
    case "TargetAddressPermission":
      return permissionMeaning(step, verb);
    case "DnsManual":
      return verb === "delete"
        ? "Nobody has to keep it any more; what stands there stays until a person changes it."
        : verb === "continue"
          ? "Looks again whether it is set."
          : null;
    case "MigrationEndpoint":
      return endpointMeaning(step, verb);
    case "DomainVerification":
      return verificationMeaning(step);
    case "DnsRemoval": {
      const { records = [] } = readResource("DnsRemoval", step.after);
      if (verb === "delete" || records.length === 0) return null;
      return `Removed in the same update: ${listed(records.map(({ type, values }) => `${type} ${values.join(", ")}`))}.`;
    }
    default:
      return null;
  }
}

function telephonyMeaning({ before, after, outputsBefore }: Step, verb: OtherChange["verb"]): string {
  const {
    wave = "the wave",
    unifiedMessaging,
    snapshots,
  } = readResource("UnifiedMessaging", after ?? before);
  const { disabled = 0, enabled = 0, failed = 0, kept } = readResource("UnifiedMessaging", outputsBefore);
  const file =
    kept ?? (snapshots === undefined ? undefined : inPlace(snapshots, `${wave}.unified-messaging.jsonl`));
  const where = file === undefined ? "" : ` in ${file}`;
  switch (verb) {
    case "delete":
      return `Nobody's voice mail changes; what was set stays kept${where}.`;
    case "continue":
      return `It goes on: off for ${mailboxes(disabled)}, on for ${count(enabled)}${failed === 0 ? "" : `; ${counted(failed, "that failed is", "that failed are")} tried again`}.`;
    default:
      return unifiedMessaging === "enable"
        ? `Users of ${wave} get their voice mail back, as it was kept${where}.`
        : `Users of ${wave} who have voice mail by Unified Messaging lose it until it is enabled again; what was set is kept${where} first.`;
  }
}

function permissionMeaning({ before, after, outputsBefore }: Step, verb: OtherChange["verb"]): string {
  const news = readResource("TargetAddressPermission", after ?? before);
  const olds = readResource("TargetAddressPermission", before);
  const { added } = readResource("TargetAddressPermission", outputsBefore);
  const given = `${news.account ?? "The account"} may write targetAddress of the users there, by one inheritable entry; everything else in the access list stays.`;
  const taken =
    added === false
      ? `${olds.account ?? "The account"} keeps the right: it was there before mailstage.`
      : `${olds.account ?? "The account"} loses the right again, and can convert nobody there.`;
  return verb === "delete" ? taken : verb === "replace" ? `${taken} ${given}` : given;
}

/** An update of which no input can be seen to differ: what it does instead. */
function endpointMeaning({ op, outputsBefore }: Step, verb: OtherChange["verb"]): string | null {
  if (op !== "update" || verb !== "continue") return null;
  return readResource("MigrationEndpoint", outputsBefore).tested === false
    ? "Exchange tests the connection again, which failed at the last update."
    : "The account's password is another one: it is written to the endpoint, and Exchange tests the connection.";
}

function verificationMeaning({ op, outputsBefore }: Step): string | null {
  if (op !== "update") return null;
  const { verified, publishedAt } = readResource("DomainVerification", outputsBefore);
  if (verified === true) return "The records the tenant names are read again.";
  return publishedAt === null || publishedAt === undefined
    ? `The proof is published everywhere by now: ${proofSettlesMinutes} minutes later the tenant can be asked.`
    : "The tenant is asked to verify the domain.";
}

function changedInputs(step: Step): string[] {
  const [before, after] = [telling(step.kind, step.before), telling(step.kind, step.after)];
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return keys
    .filter((key) => canonical(before?.[key]) !== canonical(after?.[key]))
    .map((key) => `${key}: ${valueText(before?.[key])} → ${valueText(after?.[key])}`);
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "none";
  if (hasUnknown(value)) return "known after the update";
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}
