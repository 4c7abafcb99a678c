import { defined } from "../../base/defined.js";
import type { Problem } from "../../base/problem.js";
import { asciiDomain, isAddress, isLocalPart, normalAddress } from "../names.js";
import type { CsvColumn, MailboxRow, MailboxRules } from "./types.js";

/** Shortest password the service takes (Microsoft's cmdlet reference, 2026-11; the organization's own rules come on top). */
const shortestPassword = 8;

/** One row read: its mailbox where it has a good address, and all that is wrong with it. */
export interface RowResult {
  readonly row?: MailboxRow;
  readonly problems: readonly Problem[];
}

/**
 * Checks the rows of one file. Problems tell the place and the rule, never a cell: in a row that is out of step
 * any cell may hold the password.
 */
export function rowReader(
  columns: readonly (CsvColumn | undefined)[],
  path: string,
  rules: Pick<MailboxRules, "domain" | "signOn">,
): (line: number, fields: readonly string[]) => RowResult {
  const at = {
    email: columns.indexOf("EmailAddress"),
    password: columns.indexOf("Password"),
    force: columns.indexOf("ForceChangePassword"),
    username: columns.indexOf("Username"),
  };
  const domain = asciiDomain(rules.domain);

  return (line, fields) => {
    const problems: Problem[] = [];
    const wrong = (code: string, reason: string, hint?: string): void => {
      problems.push({ code, subject: `${path}:${line}`, reason, ...defined({ hint }) });
    };
    const cell = (index: number): string | undefined => (index < 0 ? undefined : (fields[index] ?? ""));

    if (fields.every((field) => field.trim() === "")) {
      wrong("csv-not-an-address", "has commas but no values", "Delete the line");
      return { problems };
    }
    const emailAddress = normalAddress(cell(at.email) ?? "");
    const addressFault = judgeAddress(emailAddress, domain);
    if (addressFault !== undefined) wrong(...addressFault);

    const username = cell(at.username)?.trim() || undefined;
    if (username !== undefined && !isAddress(username))
      wrong("csv-not-an-address", "has a Username that is not an e-mail address");

    const password = cell(at.password);
    if (password === "") wrong("csv-empty-value", "has no Password", valueHint);
    else if (password !== undefined && password.trim() !== password)
      wrong(
        "csv-password-blank",
        "has a Password that begins or ends with a blank",
        "Take away the blank, such as one after the comma: it would be part of the password",
      );
    else if (password !== undefined && [...password].length < shortestPassword)
      wrong("csv-password-too-short", `has a Password of fewer than ${shortestPassword} characters`);

    const force = cell(at.force)?.trim().toLowerCase();
    if (force === "") wrong("csv-empty-value", "has no ForceChangePassword", valueHint);
    else if (force !== undefined && force !== "true" && force !== "false")
      wrong("csv-force-change-password", "has a ForceChangePassword that is neither True nor False");
    else if (force === "true" && rules.signOn === "adfs")
      wrong(
        "csv-force-change-password-adfs",
        "has ForceChangePassword True, but the plan says single sign-on by AD FS",
        "Use False: the password is changed on premises",
      );

    if (addressFault !== undefined) return { problems };
    return {
      row: {
        line,
        emailAddress,
        ...defined({ username, forceChangePassword: force === undefined ? undefined : force === "true" }),
        hasPassword: password !== undefined && password !== "",
      },
      problems,
    };
  };
}

const valueHint = "Give one in every row, or leave the column out of the file";

function judgeAddress(
  address: string,
  domain: string,
): [code: string, reason: string, hint?: string] | undefined {
  const at = address.lastIndexOf("@");
  if (
    at > 0 &&
    address.slice(at + 1) === domain &&
    isLocalPart(address.slice(0, at)) &&
    address.length <= 254
  )
    return;
  if (address === "") return ["csv-not-an-address", "has no EmailAddress"];
  // A character that could not be decoded has its own problem.
  if (address.includes("\ufffd"))
    return ["csv-not-an-address", "has an EmailAddress with an unreadable character"];
  if (!isAddress(address))
    return ["csv-not-an-address", `has an EmailAddress that ${addressMistake(address)}`];
  if (address.endsWith(".onmicrosoft.com"))
    return [
      "csv-wrong-domain",
      "has an EmailAddress in the tenant's own domain",
      `Use the primary SMTP address on premises, in ${domain}`,
    ];
  return ["csv-wrong-domain", `has an EmailAddress that is not in the plan's domain ${domain}`];
}

function addressMistake(address: string): string {
  const parts = address.split("@").length;
  if (parts === 1) return "has no @";
  if (parts > 2) return "has more than one @";
  if (/\s/u.test(address)) return "has a blank in it";
  if (address.length > 254) return "is longer than 254 characters";
  return "is not an e-mail address";
}
