/**
 * A text of somebody else (an attribute, a DN, a service's answer) as one line of a terminal or a log: control and
 * format characters, line separators among them, are spelled out, so that a value can neither begin a line of its own nor
 * move the cursor.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
