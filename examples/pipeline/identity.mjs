/**
 * Signs in to Microsoft Entra ID without a secret. The pipeline's own OIDC token is kept in a file, new every minute (it
 * lives five), where mailstage, Pulumi's azblob:// backend and its Azure provider look for it.
 */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { warn } from "./run.mjs";

const audience = "api://AzureADTokenExchange";

/** Where a token is asked for, and what for; undefined where the pipeline issues none, and AZURE_… say how to sign in. */
function issuer() {
  const { env } = process;
  if (env.ACTIONS_ID_TOKEN_REQUEST_URL)
    return {
      url: `${env.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=${encodeURIComponent(audience)}`,
      method: "GET",
      headers: { authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
      field: "value",
    };
  if (env.SYSTEM_OIDCREQUESTURI && env.AZURE_SERVICE_CONNECTION_ID)
    return {
      url: `${env.SYSTEM_OIDCREQUESTURI}?api-version=7.1&serviceConnectionId=${env.AZURE_SERVICE_CONNECTION_ID}`,
      method: "POST",
      headers: {
        authorization: `Bearer ${env.SYSTEM_ACCESSTOKEN}`,
        "content-type": "application/json",
        "x-tfs-fedauthredirect": "Suppress",
      },
      field: "oidcToken",
    };
  return undefined;
}

async function tokenFrom({ url, method, headers, field }) {
  const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(30_000) });
  const token = response.ok ? (await response.json())[field] : undefined;
  if (typeof token !== "string")
    throw new Error(`the pipeline issued no OIDC token: ${response.status}. May this job ask for one?`);
  return token;
}

/** Does some work with the environment that signs in. */
export async function signedIn(work) {
  const from = issuer();
  if (from === undefined) return work({});
  const folder = await mkdtemp(
    join(process.env.RUNNER_TEMP ?? process.env.AGENT_TEMPDIRECTORY ?? tmpdir(), "mailstage-"),
  );
  const file = join(folder, "token");
  const renew = async () => {
    await writeFile(`${file}.new`, await tokenFrom(from), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  try {
    await renew();
    const timer = setInterval(() => renew().catch((error) => warn(error.message)), 60_000);
    try {
      return await work({
        AZURE_FEDERATED_TOKEN_FILE: file,
        ARM_USE_OIDC: "true",
        ARM_OIDC_TOKEN_FILE_PATH: file,
        ARM_CLIENT_ID: process.env.AZURE_CLIENT_ID ?? "",
        ARM_TENANT_ID: process.env.AZURE_TENANT_ID ?? "",
      });
    } finally {
      clearInterval(timer);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
