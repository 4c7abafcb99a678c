import { plainLine } from "../../base/plain.js";

/** A piece of HTML that is safe to join with others. Made by `html` alone. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function rendered(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "number") return String(part);
  if (typeof part === "string")
    return plainLine(part).replace(/[&<>"']/g, (character) => entities[character] ?? "");
  return part.map(rendered).join("");
}

/** A template whose values are escaped, whatever they hold; lists are joined, `Html` goes in as it is. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(rendered)));
}

/** Style sheets and other text of our own, never data. */
export function verbatim(text: string): Html {
  return new Html(text);
}
