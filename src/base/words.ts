/** Numbers, durations and lists as every report of mailstage writes them. */

/** `2,372`. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** `1 mailbox`, `2,372 mailboxes`; with what is said of them, `1 user has no licence`, `2 users have no licence`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `1 mailbox`, `2,372 mailboxes`. */
export function mailboxes(number: number): string {
  return counted(number, "mailbox", "mailboxes");
}

/** The form that goes with so many: `agree(failed, "stays as it is", "stay as they are")`. */
export function agree(number: number, one: string, many: string): string {
  return number === 1 ? one : many;
}

/** The verb of so many. */
export function are(number: number): string {
  return agree(number, "is", "are");
}

/** The verb of so many, in the past. */
export function were(number: number): string {
  return agree(number, "was", "were");
}

/** Seconds as people say them, two units at most: `1 h`, `3 days`, `1 day 12 h`, `15 min`, `30 s`. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const parts = [
    ...(days > 0 ? [counted(days, "day")] : []),
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(total % 60 > 0 ? [`${total % 60} s`] : []),
  ];
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** How many a message names one by one; where all are to be known, a report names them. */
export const namedAtMost = 10;

/** How many state keeps by name. */
export const keptAtMost = 20;

/** The first of many, for a message: `a, b and 3 more`. */
export function someOf(items: readonly string[], most = namedAtMost): string {
  return items.slice(0, most).join(", ") + (items.length > most ? ` and ${items.length - most} more` : "");
}

/** The first of many, for a message that gives each a line: after them, how many more there are. */
export function linesOf(items: readonly string[]): string[] {
  return items.length > namedAtMost
    ? [...items.slice(0, namedAtMost), `… and ${items.length - namedAtMost} more`]
    : [...items];
}

/** A line, and the first of many below it, each in its own line. */
export const listBelow = (line: string, items: readonly string[]): string =>
  [line, ...linesOf(items).map((item) => `  - ${item}`)].join("\n");

/** The first of many where their number is said already: `a, b, …`. */
export function firstOf(items: readonly string[], most = namedAtMost): string {
  return items.slice(0, most).join(", ") + (items.length > most ? ", …" : "");
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1);
  if (last === undefined) return "none";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
