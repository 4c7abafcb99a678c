import { isSecretProperty, isSecretVariable } from "../../src/base/secret-names.js";

test.each([
  "MAILSTAGE_SOURCE_PASSWORD",
  "MAILSTAGE_TSIG_SECRET",
  "CLOUDFLARE_API_TOKEN",
  "CLOUDFLARE_API_KEY",
  "PULUMI_CONFIG_PASSPHRASE",
  "AWS_SECRET_ACCESS_KEY",
  "AZURE_STORAGE_CONNECTION_STRING",
  "AZURE_STORAGE_SAS_TOKEN",
  "GOOGLE_CREDENTIALS",
  "SYSTEM_ACCESSTOKEN",
  "WEBHOOK_CREDENTIAL",
])("the variable %s holds a secret", (name) => {
  expect(isSecretVariable(name)).toBe(true);
});

test.each([
  "AZURE_FEDERATED_TOKEN_FILE",
  "ACTIONS_ID_TOKEN_REQUEST_URL",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "AZURE_TOKEN_CREDENTIALS",
  "AZURE_CLIENT_ID",
  "PATH",
])("the variable %s holds none", (name) => {
  expect(isSecretVariable(name)).toBe(false);
});

test.each([
  "sourcePassword",
  "mailstage:tsigSecret",
  "cloudflare:apiKey",
  "azure:connectionString",
  "tokens",
])("the property %s holds a secret", (name) => {
  expect(isSecretProperty(name)).toBe(true);
});

test.each(["keyName", "secretsProvider", "tokenEndpoint", "account", "credentials"])(
  "the property %s holds none",
  (name) => {
    expect(isSecretProperty(name)).toBe(false);
  },
);
