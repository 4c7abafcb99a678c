/**
 * DN of the account that a review binds as in place of the plan's `directory.bindDn`: one that can only read, so that code nobody has
 * reviewed yet gets no password that writes. An update refuses to run with it.
 */
export function reviewAccount(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment["MAILSTAGE_REVIEW_DIRECTORY_DN"] || undefined;
}

/** The directory's settings with the account that this run binds as. */
export function boundAs<Settings extends { readonly bindDn: string }>(settings: Settings): Settings {
  return { ...settings, bindDn: reviewAccount() ?? settings.bindDn };
}
