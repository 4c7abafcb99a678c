import type { Plan } from "../plan.js";

/**
 * The columns a mailbox file may have, in the order they are sent: EmailAddress is required, Password and
 * ForceChangePassword are optional (Microsoft's procedure, "Supported attributes"); Username is the new admin center's variant.
 */
export const csvColumns = ["EmailAddress", "Password", "ForceChangePassword", "Username"] as const;

/** One column of a mailbox file, in canonical spelling. */
export type CsvColumn = (typeof csvColumns)[number];

/** One mailbox of a wave. It tells that there is a password, never which. */
export interface MailboxRow {
  /** Line of the file the row starts on, counted from 1. */
  line: number;
  /** The on-premises primary SMTP address: trimmed, lower case, domain in A-labels. */
  emailAddress: string;
  /** The Username column, as written; read and checked, but never sent (see `uploadCsv`). */
  username?: string;
  /** Whether the user must change the password at first sign-in; absent where the file has no such column. */
  forceChangePassword?: boolean;
  /** Whether the row has a password. */
  hasPassword: boolean;
}

/** The mailboxes of one wave, checked. It holds no password and may be logged or kept in state. */
export interface MailboxFile {
  /** Name of the wave in the plan. */
  wave: string;
  /** Path as the plan writes it, relative to the folder of Pulumi.yaml. */
  path: string;
  /** SHA-256 of the file's bytes, hexadecimal: what was reviewed is what is sent. */
  digest: string;
  /** The file's columns in canonical spelling and the file's order. */
  columns: string[];
  /** The mailboxes in the file's order. */
  rows: MailboxRow[];
}

/** What a mailbox file is checked against. */
export interface MailboxRules extends Pick<Plan, "domain" | "signOn"> {
  /** Name of the wave the file belongs to. */
  wave: string;
}
