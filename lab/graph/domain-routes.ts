import { z } from "zod";
import type { DomainRecord, Instant } from "../state.js";
import type { Tenant } from "../tenant.js";
import { domainBody, serviceRecords, typed } from "./domain-body.js";
import { badRequest, GraphRefusal, notFound } from "./graph-error.js";
import { bodyOf, type GraphContext, type GraphRoute, page, refuseQuery, select } from "./route.js";

const name = z.string().regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/i);
const settableServices = z.enum(["Email", "OfficeCommunicationsOnline", "Yammer"]);

/** Domains, their verification and the records Microsoft names for them (Microsoft Graph v1.0 reference, 2026-11). */
export const domainRoutes: readonly GraphRoute[] = [
  {
    route: "GET /domains",
    run: (request, context) =>
      page(request, context, "domains", [...context.tenant.domains.values()], domainBody, [
        "$select",
        "$top",
        "$skiptoken",
      ]),
  },
  {
    route: "POST /domains",
    run(request, context) {
      const { id } = bodyOf(request, z.strictObject({ id: name }), "domain");
      const lower = id.toLowerCase();
      if (context.tenant.domains.has(lower))
        throw new GraphRefusal(
          409,
          "ObjectConflict",
          `A domain with the name '${lower}' already exists in this directory.`,
        );
      return { status: 201, body: domainBody(context.tenant.createDomain(lower)) };
    },
  },
  {
    route: "GET /domains/{id}",
    run(request, context) {
      refuseQuery(request.query, ["$select"]);
      return { status: 200, body: select(request.query, domainBody(find(request.path, context)), "domain") };
    },
  },
  {
    route: "PATCH /domains/{id}",
    run(request, context) {
      const domain = find(request.path, context);
      const schema = z.strictObject({
        isDefault: z.boolean().optional(),
        supportedServices: z.array(settableServices).optional(),
        passwordNotificationWindowInDays: z.int().optional(),
        passwordValidityPeriodInDays: z.int().optional(),
      });
      const change = bodyOf(request, schema, "domain");
      if (!domain.isVerified)
        throw badRequest(`The domain '${domain.id}' is not verified; only verified domains can be updated.`);
      if (change.isDefault === true) {
        for (const other of context.tenant.domains.values()) other.isDefault = false;
        domain.isDefault = true;
      }
      if (change.supportedServices !== undefined) setServices(domain, change.supportedServices, context.now);
      return { status: 204 };
    },
  },
  {
    route: "POST /domains/{id}/verify",
    async run(request, context) {
      const domain = find(request.path, context);
      const { forceTakeover } = bodyOf(
        request,
        z.strictObject({ forceTakeover: z.boolean().optional() }),
        "domain",
      );
      if (domain.isVerified) throw badRequest(`Domain '${domain.id}' is already verified.`);
      const { txt, mx } = await context.lookUp(domain.id);
      const proven =
        txt.includes(`MS=${domain.verificationCode}`) ||
        mx.some((value) => value.split(" ")[1] === `${domain.verificationCode}.msv1.invalid`);
      if (!proven)
        throw badRequest(
          `Domain verification failed with the following error: 'We could not find the DNS record for domain ${domain.id}. DNS changes may take up to 72 hours.'`,
        );
      const held = context.behaviour.domainHeldBy;
      if (held === "organization")
        throw badRequest(
          "Unable to verify this domain because it is used elsewhere in Microsoft 365. Remove the verified domain from the other service before adding it here.",
        );
      if (held === "unmanaged" && forceTakeover !== true)
        throw badRequest(
          `The domain '${domain.id}' is already present as an unmanaged domain. Use ForceTakeover option to takeover this domain.`,
        );
      domain.isVerified = true;
      return { status: 200, body: domainBody(domain) };
    },
  },
  {
    route: "DELETE /domains/{id}",
    run(request, context) {
      const domain = find(request.path, context);
      refuseDelete(domain, context.tenant);
      const users = references(domain, context.tenant);
      if (users > 0)
        throw badRequest(
          `The domain '${domain.id}' can't be deleted: ${users} objects such as users, groups or applications still refer to it.`,
        );
      context.tenant.domains.delete(domain.id);
      return { status: 204 };
    },
  },
  {
    route: "POST /domains/{id}/forceDelete",
    run(request, context) {
      const domain = find(request.path, context);
      bodyOf(request, z.strictObject({ disableUserAccounts: z.boolean().optional() }), "domain");
      refuseDelete(domain, context.tenant);
      context.tenant.alarms.raise(
        "domain-force-deleted",
        domain.id,
        "was deleted by force: references to it were renamed",
        context.now,
      );
      if (references(domain, context.tenant) > 1000)
        throw badRequest(
          `The domain '${domain.id}' can't be deleted by force: more than 1,000 objects refer to it.`,
        );
      context.tenant.domains.delete(domain.id);
      return { status: 204 };
    },
  },
  {
    route: "GET /domains/{id}/verificationDnsRecords",
    run(request, context) {
      const { id, verificationCode } = find(request.path, context);
      const common = { isOptional: false, label: id, supportedService: null, ttl: 3600 };
      // MX first: a client that takes the first record picks the wrong one.
      const records = [
        {
          ...typed("Mx"),
          ...common,
          id: `${verificationCode}-mx`,
          mailExchange: `${verificationCode}.msv1.invalid`,
          preference: 32_767,
        },
        { ...typed("Txt"), ...common, id: `${verificationCode}-txt`, text: `MS=${verificationCode}` },
      ];
      return page(request, context, `domains/${id}/verificationDnsRecords`, records, (record) => record, []);
    },
  },
  {
    route: "GET /domains/{id}/serviceConfigurationRecords",
    run(request, context) {
      const domain = find(request.path, context);
      const records = serviceRecords(domain, context.tenant);
      return page(
        request,
        context,
        `domains/${domain.id}/serviceConfigurationRecords`,
        records,
        (record) => record,
        [],
      );
    },
  },
  {
    route: "GET /domains/{id}/domainNameReferences",
    run(request, context) {
      const { id, isVerified } = find(request.path, context);
      const people = isVerified && id === context.tenant.world.domain ? context.tenant.people : [];
      return page(
        request,
        context,
        `domains/${id}/domainNameReferences`,
        people,
        (person) => ({
          "@odata.type": "#microsoft.graph.user",
          id: person.id,
          displayName: person.displayName,
          userPrincipalName: context.tenant.principalName(person),
        }),
        ["$select", "$top", "$skiptoken"],
      );
    },
  },
];

function find(path: readonly string[], context: GraphContext): DomainRecord {
  const id = (path[0] ?? "").toLowerCase();
  const domain = context.tenant.domains.get(id);
  if (domain === undefined) throw notFound(id);
  return domain;
}

function setServices(domain: DomainRecord, services: readonly string[], now: Instant): void {
  domain.supportedServices = [...new Set(services)];
  if (!services.includes("Email")) delete domain.emailSince;
  else domain.emailSince ??= now;
}

function refuseDelete(domain: DomainRecord, tenant: Tenant): void {
  if (domain.isInitial) throw badRequest(`The initial domain '${domain.id}' can't be deleted.`);
  if (domain.isDefault) throw badRequest(`The default domain '${domain.id}' can't be deleted.`);
  const child = [...tenant.domains.keys()].find((other) => other.endsWith(`.${domain.id}`));
  if (child !== undefined)
    throw badRequest(`The domain '${domain.id}' can't be deleted: '${child}' is below it.`);
}

/** How many users carry the domain in their names: all of them, once it is verified. */
function references(domain: DomainRecord, tenant: Tenant): number {
  return domain.isVerified && domain.id === tenant.world.domain ? tenant.people.length : 0;
}
