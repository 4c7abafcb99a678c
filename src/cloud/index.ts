import type { ExchangePort } from "../exchange/port.js";
import type { GraphClient } from "../graph/client.js";

export { type Cloud, cloudOf, scopeOf } from "./clouds.js";

/** One process's connection to one tenant. Nothing is loaded or sent before the first call. */
export interface CloudSession {
  readonly graph: GraphClient;
  /** Exchange Online over admin REST. */
  readonly exchange: ExchangePort;
  /** Exchange Online over `pwsh` and ExchangeOnlineManagement: for what REST does not take, such as endpoint credentials. */
  readonly powershell: ExchangePort;
  /** The service's time, from the Date header of its newest answer. @throws MailstageError when it cannot be asked */
  now(): Promise<Date>;
}
