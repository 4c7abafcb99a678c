import { MailstageError } from "../base/problem.js";

const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const part = /(\d+(?:\.\d+)?)\s*([smhd])/gi;

/**
 * A duration in seconds: `15m`, `72h`, `1d 12h`, `90s`; a bare number is seconds.
 * @throws MailstageError `duration`
 */
export function parseDuration(text: string): number {
  const compact = text.trim();
  if (/^\d+(\.\d+)?$/.test(compact)) return Number(compact);
  const parts = [...compact.matchAll(part)];
  if (parts.length === 0 || compact.replace(part, "").trim() !== "")
    throw new MailstageError({
      code: "duration",
      subject: `"${text}"`,
      reason: "is not a duration",
      hint: "Write it as 15m, 72h or 1d 12h",
    });
  return parts.reduce((sum, [, amount, unit]) => {
    const factor = Object.entries(seconds).find(([name]) => name === unit?.toLowerCase())?.[1] ?? 1;
    return sum + Number(amount) * factor;
  }, 0);
}
