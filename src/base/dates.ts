/**
 * A date that a service wrote. One without a zone is UTC, as Microsoft's services and RFC 9110 mean it: JavaScript would take it for
 * the runner's own time. `/Date(ms)/` is that of Windows PowerShell.
 * @returns undefined for what is no date
 */
export function serviceDate(text: string): Date | undefined {
  const trimmed = text.trim();
  const dotNet = /^\/Date\((-?\d+)\)\/$/.exec(trimmed)?.[1];
  const date = dotNet === undefined ? new Date(inUtc(trimmed)) : new Date(Number(dotNet));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function inUtc(text: string): string {
  if (/(?:[zZ]|\b(?:GMT|UTC)|[+-]\d{2}:?\d{2})$/.test(text)) return text;
  // An ISO date alone is UTC already; one with a time takes the letter, any other form the word.
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  return /^\d{4}-\d\d-\d\d[T ]/.test(text) ? `${text.replace(" ", "T")}Z` : `${text} UTC`;
}

/** A time to the minute in UTC, as every message of mailstage writes it: `2026-11-23 04:10 UTC`. */
export function utcMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
