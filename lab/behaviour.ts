import { z } from "zod";

/** How the service behaves where it is known to differ from what a client expects. */
export const behaviourSchema = z.strictObject({
  getUnknownReturnsAll: z
    .boolean()
    .describe("Get-Migration* with an identity nobody has returns every object (documented remark)"),
  restTakesCredentials: z
    .boolean()
    .describe(
      "REST binds a PSCredential sent as a tagged hash table; whether the real service does is not known",
    ),
  numbersAsStrings: z.boolean().describe("Exchange sends integers as strings"),
  neverStartedStatus: z.enum(["Stopped", "Created"]),
  usageLocationLagSeconds: z.number().nonnegative().describe("Until assignLicense sees a new usage location"),
  groupLicenseSeconds: z.number().nonnegative().describe("Until a group's licence reaches a new member"),
  acceptedDomainSeconds: z.number().nonnegative().describe("Until Exchange accepts a domain with Email"),
  incrementalSync: z
    .enum(["asked", "daily"])
    .optional()
    .describe(
      "When a staged batch copies what came later: only when asked, or every 24 hours too; for batches made from now on; absent: asked",
    ),
  domainHeldBy: z
    .enum(["nobody", "organization", "unmanaged"])
    .optional()
    .describe("Who else has the domain when it is to be verified; absent: nobody"),
  domainType: z
    .enum(["Authoritative", "InternalRelay"])
    .optional()
    .describe("DomainType of the domain in Get-AcceptedDomain; absent: Authoritative, as Exchange makes it"),
  rejectDirectSend: z
    .boolean()
    .optional()
    .describe(
      "Get-OrganizationConfig RejectDirectSend: mail forwarded from on premises is refused; absent: false",
    ),
  inboundConnector: z
    .boolean()
    .optional()
    .describe("Whether there is an inbound connector of type OnPremises; absent: none"),
  secondaryLagSeconds: z
    .number()
    .nonnegative()
    .optional()
    .describe("Between two transfers of the zone to its second server, where the lab has one; absent: none"),
  latencyMs: z.number().nonnegative().describe("Real milliseconds before each answer"),
  exchangeAtOnce: z
    .int()
    .positive()
    .optional()
    .describe("Requests that Exchange works on at once, more are answered 429; absent: any number"),
  graphWrites: z
    .int()
    .positive()
    .optional()
    .describe("Writes that Graph takes in ten real seconds, more are answered 429; absent: any number"),
});
/** All of it. */
export type Behaviour = z.output<typeof behaviourSchema>;

/** What of it is changed while the lab runs. */
export const behaviourChangeSchema = behaviourSchema.partial();
/** Such a change. */
export type BehaviourChange = z.output<typeof behaviourChangeSchema>;

/** How the service behaves where nobody says otherwise. */
export const defaultBehaviour: Behaviour = {
  getUnknownReturnsAll: true,
  restTakesCredentials: false,
  numbersAsStrings: false,
  neverStartedStatus: "Stopped",
  usageLocationLagSeconds: 0,
  groupLicenseSeconds: 20,
  acceptedDomainSeconds: 3,
  latencyMs: 0,
};
