export type { DomainHandover, WavesHandover } from "./handover.js";
export { domainHandover, handoverDigest, handoverOutput, partDigest, revisionOf } from "./handover.js";
export {
  isStackBehind,
  stackProblems,
  type WaveStack,
  type WaveStackState,
  waveStackProblems,
} from "./order.js";
export { batchesOf, joined, type Part, partOf, waveStacksOf } from "./part.js";
