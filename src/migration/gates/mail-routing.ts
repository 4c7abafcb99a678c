import { utcMinute } from "../../base/dates.js";
import type { Problem } from "../../base/problem.js";
import { exchangesOf, type Judgement, judge, observe, readRecordSet } from "../../dns/index.js";
import { readMailRecords } from "../../microsoft365/graph/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { loweredMxTtl } from "../../plan/ttl.js";
import type { InputsOf } from "../../state/index.js";
import type { GateAnswer, GateQuestion, GateSubject } from "./reads-of-gates.js";

/** The MX that the tenant names for a domain now, and those that it has named before, where mail is its own as well. */
export async function tenantMxOf(
  { graph }: Pick<CloudSession, "graph">,
  domain: string,
  named: readonly string[] = [],
): Promise<string[]> {
  const { mx } = await readMailRecords(graph, domain);
  return [...new Set([...mx, ...named])];
}

/** How every server answers the MX, by what the tenant names and has named. */
export async function judgeRouting(
  domain: string,
  tenantMx: readonly string[],
  observed: GateSubject["observed"],
): Promise<Judgement> {
  return judge(await observe({ ...observed, name: domain, type: "MX" }), { goesTo: tenantMx });
}

/** Whether mail still goes to the tenant, of a domain whose MX was switched: seen to go elsewhere, its hours no longer count. */
export async function routingStands(
  session: CloudSession,
  { domain, routing, observed }: Pick<InputsOf<"MigrationBatch">, "domain" | "routing" | "observed">,
): Promise<boolean> {
  if (routing === undefined) return true;
  const mx = await tenantMxOf(session, domain, routing.values);
  return !(await judgeRouting(domain, mx, observed)).contradicted;
}

/**
 * What keeps mail from going to the tenant, as every authoritative server answers the MX now.
 * @param tenantMx what the tenant names, and has named
 */
export async function mailRoutedProblems(
  domain: string,
  tenantMx: readonly string[],
  observed: GateSubject["observed"],
): Promise<Problem[]> {
  const judgement = await judgeRouting(domain, tenantMx, observed);
  if (judgement.authoritativeAgreed) return [];
  return [
    {
      code: "mx-not-switched",
      subject: `MX ${domain}`,
      reason: `does not point at Microsoft 365 on every authoritative server: ${judgement.waiting.join("; ")}`,
      hint: "Mail still arrives on premises; restore the MX at stage route first",
    },
  ];
}

/** The MX is the tenant's on every authoritative server, now. */
export async function askMxObserved(question: GateQuestion): Promise<GateAnswer> {
  const { domain, observed, routing } = question.subject;
  const tenantMx = await tenantMxOf(question.session, domain, routing?.values);
  return {
    gate: "mx-observed",
    facts: [`MX ${domain} goes to ${exchangesOf(tenantMx).join(", ")} on every authoritative server`],
    problems:
      tenantMx.length === 0
        ? [
            {
              code: "mx-unknown",
              subject: `MX ${domain}`,
              reason: "cannot be judged: the tenant names no mail server for the domain",
              hint: "Check that the domain is verified and has Exchange Online, and run pulumi up again",
            },
          ]
        : await mailRoutedProblems(domain, tenantMx, observed),
  };
}

/** The TTL the MX had before it was lowered has run out everywhere (Microsoft's procedure, "Reduce email delays"). */
export async function askMxTtlExpired(question: GateQuestion): Promise<GateAnswer> {
  const { domain, lowered, observed } = question.subject;
  const problems: Problem[] = [];
  const facts: string[] = [];
  if (lowered === undefined || lowered.observedAt === null)
    problems.push({
      code: "mx-ttl-not-lowered",
      subject: `MX ${domain}`,
      reason: "was not yet seen with its lowered TTL on every authoritative server",
      hint: "Run pulumi up again at the present stage",
    });
  else {
    const until = new Date(Date.parse(lowered.observedAt) + lowered.formerTtl * 1000);
    if ((await question.session.now()) < until)
      problems.push({
        code: "mx-ttl-running",
        subject: `MX ${domain}`,
        reason: `had a TTL of ${lowered.formerTtl} s when it was lowered at ${utcMinute(new Date(lowered.observedAt))}, so that others may still use the old one`,
        hint: `Run pulumi up again after ${utcMinute(until)}`,
      });
    else facts.push(`the former TTL of ${lowered.formerTtl} s has run out at ${utcMinute(until)}`);
  }
  const live = await readRecordSet({ ...observed, name: domain, type: "MX" });
  if (live !== undefined && live.ttl > loweredMxTtl)
    problems.push({
      code: "mx-ttl-high",
      subject: `MX ${domain}`,
      reason: `has a TTL of ${live.ttl} s again`,
      hint: "Run pulumi refresh and pulumi up at stage migrate to lower it",
    });
  return { gate: "mx-ttl-expired", facts, problems };
}

/** The tenant names where Autodiscover is to point, which it may do later than the MX. */
export async function autodiscoverProblems(question: GateQuestion): Promise<Problem[]> {
  const { domain } = question.subject;
  const { autodiscover } = await readMailRecords(question.session.graph, domain);
  if (autodiscover !== null) return [];
  return [
    {
      code: "autodiscover-unnamed",
      subject: `domain ${domain}`,
      reason: "the tenant names no Autodiscover host for it, so that Outlook could not be pointed anywhere",
      hint: "Look at the domain's DNS records in the Microsoft 365 admin center: Exchange must be among its services. Then run pulumi up again",
      operation: "GET /domains/{id}/serviceConfigurationRecords",
    },
  ];
}
