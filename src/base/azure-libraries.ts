/**
 * What is used of Microsoft's libraries for sign-in and HTTP: loaded with the first request, by `load-azure-libraries.ts` alone. In
 * `dist` this is one file with all of them (scripts/setup/bundle.mjs): to read their 170 modules one by one took the plugin a twentieth
 * of a run in which nothing changes (docs/performance.md).
 */
export {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  defaultRetryPolicy,
  isRestError,
  proxyPolicy,
  RestError,
  retryPolicy,
  setClientRequestIdPolicy,
  userAgentPolicy,
} from "@azure/core-rest-pipeline";
export { ClientCertificateCredential, ClientSecretCredential, DefaultAzureCredential } from "@azure/identity";
