/** DNS as mailstage needs it: record sets, their planned changes, reading and observing them, and RFC 2136 updates. */

export { delegationProblems, hostOfNameServers, hostProblems } from "./delegation.js";
export { type DnsWrite, lastNoted, madeBefore, noteWrite } from "./journal.js";
export { exchangesOf, goesTo, isProofMx, sameMail, touches } from "./mail-exchangers.js";
export {
  type MailSafety,
  type MailSafetyContext,
  mailSafetyProblems,
  nullMxProblems,
} from "./mail-safety.js";
export {
  type Expectation,
  type Judgement,
  judge,
  type Observation,
  observe,
  type ServerObservation,
} from "./observe.js";
export {
  type DesiredRecordSet,
  describeChange,
  isNoChange,
  planRecordSet,
  type RecordSetChange,
  undecidedChange,
} from "./plan-record-set.js";
export {
  displacedSets,
  type PlannedSet,
  plainSet,
  plannedLater,
  plannedSchema,
  plannedSet,
} from "./planned.js";
export { type DnsAnswer, type QueryOptions, query } from "./query.js";
export { type ReadRequest, readAll, readFromServer, readRecordSet, type ServerRead } from "./read.js";
export {
  canonicalName,
  canonicalValue,
  canonicalValues,
  describeSet,
  type MxValue,
  parseMx,
  type RecordSet,
  type RecordType,
  recordSet,
  recordTypes,
  sameRecordSet,
  sameValues,
} from "./record-set.js";
export { type HeldRecordSet, planRemoval } from "./removal.js";
export {
  applyUpdate,
  proveUpdates,
  readFromPrimary,
  type TsigAlgorithm,
  type TsigKey,
  type UpdateTarget,
  wildcardAtPrimary,
} from "./rfc2136/index.js";
export {
  authoritativeServers,
  type NamedServer,
  namedServerLabel,
  parseHostPort,
  resolverServers,
  type ServerChoice,
  serverAddresses,
} from "./servers.js";
export { autodiscoverService } from "./service.js";
export { isSpf, mergeSpf, spfGap, spfLookups, spfWarnings } from "./spf.js";
export { inheritedSpfProblems } from "./spf-safety.js";
export { type DnsServer, serverLabel, type Transport } from "./transport.js";
export { type WildcardCover, type WritableSet, wildcardOver, writtenBeside } from "./wildcard.js";
export type { DnsRecord } from "./wire.js";
