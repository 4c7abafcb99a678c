export type { Alarm, AlarmCode } from "./alarms.js";
export type { LabClock } from "./clock.js";
export { connectControl, type LabControl } from "./control-client.js";
export type { Behaviour, BehaviourChange, FaultKind, FaultRule, LabFaults } from "./faults.js";
export type { Lab, LabAddresses, LabOptions, LabPorts } from "./lab.js";
export type { RequestCounts } from "./requests.js";
export { startLab } from "./start.js";
export type { LabState } from "./state.js";
export { type MailboxFault, type World, type WorldMailbox, worldFromPlan } from "./world.js";
