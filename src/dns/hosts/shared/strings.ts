/**
 * The strings of one TXT value, at most 255 octets each, for APIs that take text: cut between characters, since half a
 * character is no text.
 */
export function textStrings(value: string): string[] {
  const strings = [""];
  let octets = 0;
  for (const character of value) {
    const size = Buffer.byteLength(character);
    if (octets + size > 255) {
      strings.push("");
      octets = 0;
    }
    strings[strings.length - 1] += character;
    octets += size;
  }
  return strings;
}
