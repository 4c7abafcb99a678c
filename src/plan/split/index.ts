export type { DomainHandover, WavesHandover } from "./handover.js";
export { domainHandover, handoverDigest, handoverOutput, revisionOf, shareDigest } from "./handover.js";
export {
  isStackBehind,
  stackProblems,
  type WaveStack,
  waveStackProblems,
} from "./order.js";
export { joined, roleOf, type StackRole, waveStacksOf, wavesOf } from "./stack-role.js";
