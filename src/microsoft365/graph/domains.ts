import { z } from "zod";
import { pause, retryDelay } from "../../base/retry.js";
import { type GraphClient, type GraphError, isGraphFailure } from "./client.js";

/** A domain of the tenant (Graph `domain`, 2026-11). */
export interface GraphDomain {
  /** The domain's name. */
  readonly id: string;
  readonly isVerified: boolean;
  readonly isDefault: boolean;
  readonly isInitial: boolean;
  readonly isRoot: boolean;
  /** Such as Email, OfficeCommunicationsOnline, Intune. */
  readonly supportedServices: readonly string[];
  /** Managed or Federated. */
  readonly authenticationType: string | undefined;
}

/** What came of asking to verify a domain. */
export type VerifyOutcome =
  | { readonly outcome: "verified" }
  /** The record is not seen yet, or not right; `message` is Graph's own. */
  | { readonly outcome: "not-yet"; readonly message: string }
  /** Another organization has the domain; waiting does not help. */
  | { readonly outcome: "owned-by-another-tenant"; readonly message: string }
  /** An organization without an administrator has it, made by somebody's self-service sign-up; it can be taken over. */
  | { readonly outcome: "owned-by-unmanaged-tenant"; readonly message: string }
  /** Refused for a reason that is none of these: not called "not yet", since nobody knows whether waiting helps. */
  | { readonly outcome: "refused"; readonly message: string };

/** An object that still uses a domain. */
export interface DomainReference {
  readonly id: string;
  /** user, group, application, … */
  readonly kind: string;
  readonly name: string;
}

const attempts = 4;

const domain = z
  .looseObject({
    id: z.string(),
    isVerified: z.boolean().nullish(),
    isDefault: z.boolean().nullish(),
    isInitial: z.boolean().nullish(),
    isRoot: z.boolean().nullish(),
    supportedServices: z.array(z.string()).nullish(),
    authenticationType: z.string().nullish(),
  })
  .transform(
    (value): GraphDomain => ({
      id: value.id,
      isVerified: value.isVerified ?? false,
      isDefault: value.isDefault ?? false,
      isInitial: value.isInitial ?? false,
      isRoot: value.isRoot ?? true,
      supportedServices: value.supportedServices ?? [],
      authenticationType: value.authenticationType ?? undefined,
    }),
  );

const reference = z
  .looseObject({
    id: z.string(),
    "@odata.type": z.string().nullish(),
    userPrincipalName: z.string().nullish(),
    displayName: z.string().nullish(),
    mail: z.string().nullish(),
  })
  .transform(
    (value): DomainReference => ({
      id: value.id,
      kind: value["@odata.type"]?.replace(/^#?microsoft\.graph\./i, "") ?? "object",
      name: value.userPrincipalName ?? value.mail ?? value.displayName ?? value.id,
    }),
  );

/** The domain, or undefined where the tenant has none of that name. @throws GraphError */
export async function getDomain(graph: GraphClient, name: string): Promise<GraphDomain | undefined> {
  try {
    return await graph.get(pathOf(name), domain);
  } catch (error) {
    if (isGraphFailure(error, "not-found")) return undefined;
    throw error;
  }
}

/** Adds a domain to the tenant; one that is there already is given back. @throws GraphError */
export async function createDomain(graph: GraphClient, name: string): Promise<GraphDomain> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await graph.post("/domains", { id: name }, domain);
    } catch (error) {
      if (!isGraphFailure(error, "outcome-unknown", "conflict", "bad-request")) throw error;
      const existing = await getDomain(graph, name);
      if (existing !== undefined) return existing;
      // After an unknown outcome a lagging replica may hide what the repeat then calls a conflict.
      if (attempt + 1 >= attempts || (attempt === 0 && error.kind !== "outcome-unknown")) throw error;
      await pause(retryDelay(attempt));
    }
  }
}

/**
 * Asks Graph to verify a domain. Success is what `isVerified` says when read back, since "already verified" is an error
 * of the call and the code of "not yet" is undocumented (Microsoft Graph v1.0 reference, 2026-11).
 * @throws GraphError for anything but a refusal, such as missing rights
 */
export async function verifyDomain(graph: GraphClient, name: string): Promise<VerifyOutcome> {
  try {
    const answer = await graph.post(`${pathOf(name)}/verify`, {}, domain, { repeatable: true });
    if (answer.isVerified) return { outcome: "verified" };
  } catch (error) {
    if (!isGraphFailure(error, "bad-request", "conflict", "not-found")) throw error;
    return afterRefusal(graph, name, error);
  }
  return (await getDomain(graph, name))?.isVerified
    ? { outcome: "verified" }
    : { outcome: "not-yet", message: "Graph took the request, but the domain is not verified yet" };
}

/** Whether Exchange is among a domain's services. */
export function takesEmail({ supportedServices }: Pick<GraphDomain, "supportedServices">): boolean {
  return supportedServices.some((service) => service.toLowerCase() === "email");
}

/** Lets Exchange use the domain, keeping the services it has; a verified domain only. @throws GraphError */
export async function enableEmail(graph: GraphClient, existing: GraphDomain): Promise<void> {
  if (takesEmail(existing)) return;
  await graph.patch(pathOf(existing.id), { supportedServices: [...existing.supportedServices, "Email"] });
}

/** Removes a domain, never by force: fails while anything refers to it. One that is not there is no error. @throws GraphError */
export async function deleteDomain(graph: GraphClient, name: string): Promise<void> {
  try {
    await graph.delete(pathOf(name));
  } catch (error) {
    if (!isGraphFailure(error, "not-found")) throw error;
  }
}

/** What still uses the domain. @throws GraphError */
export async function listDomainReferences(graph: GraphClient, name: string): Promise<DomainReference[]> {
  return graph.list(`${pathOf(name)}/domainNameReferences`, reference);
}

async function afterRefusal(graph: GraphClient, name: string, error: GraphError): Promise<VerifyOutcome> {
  const current = await getDomain(graph, name);
  if (current?.isVerified) return { outcome: "verified" };
  if (current === undefined) throw error;
  const message = error.problems[0].reason;
  return { outcome: refusalOf(message), message };
}

/**
 * What a refusal to verify means, by the wordings that were published: Graph's codes do not tell them apart. The one that waits is
 * recognized, as are those that never end; whatever else is said is shown as it is. Pure.
 */
export function refusalOf(message: string): Exclude<VerifyOutcome["outcome"], "verified"> {
  const text = message.replaceAll("\u2019", "'");
  if (/unmanaged|force ?takeover|admin(istrator)? takeover|self-service|viral|email[- ]verified/i.test(text))
    return "owned-by-unmanaged-tenant";
  if (
    /(used|in use) (elsewhere|by)|\b(another|other|different|existing)\b[^.]{0,40}\b(organi[sz]ation|tenant|company|directory|account)\b|already (verified|in use|been (added|verified)|registered|added|associated|exists)|from the other service/i.test(
      text,
    )
  )
    return "owned-by-another-tenant";
  return notSeenYet.test(text) ? "not-yet" : "refused";
}

const notSeenYet =
  /(not|n't|no|unable to|failed to)\b[^.]{0,60}\b(find|found|locate|detect|detected|see|seen|exist|resolve|match|matching|propagated|published|txt|mx|cname|dns)\b|missing|dns (change|propagation|record)|propagat/i;

export function pathOf(name: string): string {
  return `/domains/${encodeURIComponent(name)}`;
}
