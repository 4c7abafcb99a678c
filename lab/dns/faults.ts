import type { FaultBoard } from "../faults.js";
import type { LabDnsFault, LabDnsRequest } from "./index.js";

/**
 * Faults of the authoritative server, as those of service `dns`: `hang` and `reset` lose a message, the `-after` kinds
 * its reply, `503` answers SERVFAIL, `slow` delays. Routes are `QUERY MX`, `UPDATE` and the like; other kinds are no
 * faults of it.
 */
export function dnsFaults(board: FaultBoard): (request: LabDnsRequest) => LabDnsFault | undefined {
  return ({ opcode, type }) => {
    // An update asks for the zone's SOA, whatever it changes.
    const fault = board.draw("dns", opcode === "QUERY" ? `QUERY ${type ?? ""}`.trim() : opcode);
    switch (fault?.kind) {
      case "hang":
      case "reset":
        return { kind: "drop" };
      case "hang-after":
      case "reset-after":
        return { kind: "drop-reply" };
      case "503":
        return { kind: "refuse", rcode: "SERVFAIL" };
      case "slow":
        return { kind: "delay", ms: fault.seconds * 1000 };
      default:
        return undefined;
    }
  };
}
