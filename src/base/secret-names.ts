/** What is a secret by its name. One judgement of each kind: what is taken out of messages is what no child process is handed. */

/** Not the secret but where it lies, and which kinds of credential `@azure/identity` tries. */
const tellsOfSecret = /(?:FILE|PATH|DIR|URL)$|^(?:AZURE_TOKEN_CREDENTIALS|GOOGLE_APPLICATION_CREDENTIALS)$/i;

/** Whether an environment variable holds a secret, such as `AZURE_CLIENT_SECRET` or `AZURE_STORAGE_CONNECTION_STRING`. */
export function isSecretVariable(name: string): boolean {
  return (
    /SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN$|CREDENTIALS?$|KEY$|CONNECTION_?STRING/i.test(name) &&
    !tellsOfSecret.test(name)
  );
}

/**
 * Whether a property of a resource, a key of the plan or of the configuration holds a secret, such as `sourcePassword` or `apiToken`.
 * `credentials`, of the plan's `source` and in state, is how the endpoint gets its password, and none.
 */
export function isSecretProperty(name: string): boolean {
  return /(?:(?:passwd|password|passphrase|secret|token|api_?key|private_?key|access_?key|connection_?string)s?|credential)$/i.test(
    name,
  );
}
