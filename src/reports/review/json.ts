import type { Review } from "./model.js";

/**
 * The review as JSON, whole. Characters a terminal or editor would act on or hide stand as `\uXXXX`, which reads back as the same
 * text.
 */
export function reviewJson(review: Review): string {
  const json = JSON.stringify(review, null, 2).replace(
    /[\u007f-\u009f\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu,
    (character) =>
      [...Array(character.length).keys()]
        .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
        .join(""),
  );
  return `${json}\n`;
}
