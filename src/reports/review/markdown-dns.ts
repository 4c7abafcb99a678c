import { duration } from "../../base/words.js";
import { code, table, text } from "./markdown-text.js";
import type { RecordChange, RecordSide, Review } from "./model.js";

const verbs = {
  create: "create",
  modify: "modify",
  ttl: "modify TTL only",
  delete: "**delete**",
  add: "add",
  adopt: "adopt",
};

/** What changes of DNS: a table for each zone, and what each row means. */
export function dns({ zones }: Review): string {
  if (zones.length === 0) return "";
  return [
    "### DNS",
    ...zones.map(({ zone, records }) =>
      [
        `Zone ${code(zone)}${records.some(({ byHand }) => byHand) ? ", set by hand at its host" : ""}`,
        table(["Change", "Name", "Type", "TTL", "Value"], records.flatMap(recordRows)),
        records.map(recordMeaning).join("\n"),
      ].join("\n\n"),
    ),
  ].join("\n\n");
}

function recordRows(change: RecordChange): string[][] {
  const { verb, name, type, before, after, kept } = change;
  const cells = (label: string, side: RecordSide | null) => [
    label,
    code(name),
    text(type),
    side === null || side.ttl === null ? "?" : `${side.ttl} s`,
    valuesOf(side, verb === "ttl" || verb === "adopt" ? [] : kept),
  ];
  switch (verb) {
    case "create":
    case "add":
      return [cells(verbs[verb], after)];
    case "delete":
      return [cells(verbs.delete, before)];
    case "adopt":
      return [cells(verbs.adopt, after)];
    default:
      return [cells(`${verbs[verb]}: old`, before), cells("new", after)];
  }
}

function valuesOf(side: RecordSide | null, kept: readonly string[]): string {
  return (side?.values ?? [])
    .map((value) =>
      value === null ? "*known after the update*" : `${code(value)}${kept.includes(value) ? " (kept)" : ""}`,
    )
    .join("<br>");
}

function recordMeaning({ name, type, meaning, effect, before, after }: RecordChange): string {
  const ttl =
    before !== null && after !== null && before.ttl !== null && after.ttl !== null && before.ttl !== after.ttl
      ? ` (TTL ${duration(before.ttl)} → ${duration(after.ttl)})`
      : "";
  return `- **${text(type)}** ${code(name)}${ttl}: ${text(meaning)}${effect === null ? "" : ` *${text(effect)}*`}`;
}
