import type { Row } from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";

/** A condition of `-Filter`, in OPATH: `Property -eq 'value'` joined by `-and` or `-or`. */
export type RecipientFilter = (row: Row) => boolean;

const condition = /^\s*\(?\s*(\w+)\s+-(eq|ne|like)\s+'((?:[^']|'')*)'\s*\)?\s*$/i;

/** Reads the simple OPATH filters (no nesting). Throws CmdletError for anything else, or a property `sample` does not have. */
export function parseRecipientFilter(text: string, sample: Row): RecipientFilter {
  const any = text
    .split(/\s-or\s/i)
    .map((part) => part.split(/\s-and\s/i).map((one) => parseCondition(one, sample)));
  return (row) => any.some((all) => all.every((holds) => holds(row)));
}

function parseCondition(text: string, sample: Row): RecipientFilter {
  const match = condition.exec(text);
  const [, property = "", operator = "", quoted = ""] = match ?? [];
  const name = Object.keys(sample).find((key) => key.toLowerCase() === property.toLowerCase());
  if (match === null || name === undefined)
    throw new CmdletError(
      "Parameter",
      `Cannot bind parameter 'Filter' to the target. Exception setting "Filter": "Invalid filter syntax in '${text.trim()}': ${match === null ? "the condition isn't understood" : `"${property}" isn't a recognized filterable property`}."`,
    );
  const wanted = quoted.replaceAll("''", "'").toLowerCase();
  const pattern = new RegExp(
    `^${wanted
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  return (row) => {
    const value = row[name];
    const values = (Array.isArray(value) ? value : [value]).map((item) => String(item).toLowerCase());
    if (operator.toLowerCase() === "like") return values.some((item) => pattern.test(item));
    return values.includes(wanted) === (operator.toLowerCase() === "eq");
  };
}
