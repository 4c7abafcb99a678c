import { MailstageError } from "../base/problem.js";
import { queryOther } from "./query.js";
import { authoritativeServers, type ServerChoice } from "./servers.js";

/**
 * What the domain's `_autodiscover._tcp` SRV record says, one sentence; undefined where there is none. Outlook asks it when no
 * other way answers, so it outlives an autodiscover record that was changed.
 * @throws MailstageError as `authoritativeServers` does
 */
export async function autodiscoverService(
  domain: string,
  request: ServerChoice & { readonly zone: string },
): Promise<string | undefined> {
  const name = `_autodiscover._tcp.${domain}`;
  for (const server of await authoritativeServers(request.zone, request))
    try {
      const found = await queryOther(server, name, "SRV");
      const targets = found.flatMap((answer) =>
        answer.type === "SRV" ? [`${answer.data.target}:${answer.data.port}`] : [],
      );
      return targets.length === 0
        ? undefined
        : `SRV ${name} names ${targets.join(", ")}: Outlook asks there when autodiscover.${domain} does not answer; mailstage leaves it, so remove it when nobody needs the old server`;
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
    }
  return undefined;
}
