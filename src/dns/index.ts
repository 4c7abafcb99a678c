/** DNS as mailstage needs it: record sets, their planned changes, reading and observing them, and RFC 2136 updates. */

export { delegationProblems, hostProblems } from "./delegation.js";
export { type DnsWrite, lastNoted, madeBefore, noteWrite } from "./journal.js";
export { exchangesOf, goesTo, isProofMx, sameMail, touches } from "./mail-exchangers.js";
export {
  type MailSafetyContext,
  mailSafetyProblems,
  nullMxProblems,
} from "./mail-safety.js";
export {
  type Judgement,
  judge,
  type Observation,
  observe,
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
  plannedSet,
} from "./planned.js";
export { type DnsAnswer, query } from "./query.js";
export { readAll, readFromServer, readRecordSet } from "./read.js";
export {
  canonicalName,
  canonicalValue,
  canonicalValues,
  describeSet,
  parseMx,
  type RecordSet,
  type RecordType,
  recordSet,
  recordTypes,
  sameValues,
} from "./record-set.js";
export { planRemoval } from "./removal.js";
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
  parseHostPort,
  type ServerChoice,
} from "./servers.js";
export { autodiscoverService } from "./service.js";
export { isSpf, mergeSpf, spfGap, spfLookups, spfWarnings } from "./spf.js";
export { inheritedSpfProblems } from "./spf-safety.js";
export { type DnsServer, serverLabel, type Transport } from "./transport.js";
export { type WildcardCover, type WritableSet, wildcardOver, writtenBeside } from "./wildcard.js";
export type { DnsRecord } from "./wire.js";
