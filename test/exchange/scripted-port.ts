import type {
  CmdletOptions,
  CmdletParameters,
  CmdletResult,
  ExchangePort,
} from "../../src/microsoft365/exchange/index.js";
import { ExchangeError, type ExchangeFailure } from "../../src/microsoft365/exchange/index.js";

/** One call a port got. */
export interface Call {
  readonly cmdlet: string;
  readonly parameters: CmdletParameters;
  readonly options: CmdletOptions;
}

/** Rows to give back, or the kind of failure to throw. */
export type Reply = readonly Record<string, unknown>[] | ExchangeFailure;

/** A port that answers from a function and records its calls. */
export function scriptedPort(answer: (call: Call, index: number) => Reply) {
  const calls: Call[] = [];
  const port: ExchangePort = {
    async invoke(cmdlet, parameters = {}, options = {}): Promise<CmdletResult> {
      const call = { cmdlet, parameters, options };
      calls.push(call);
      const reply = answer(call, calls.length - 1);
      if (typeof reply === "string")
        throw new ExchangeError(reply, { subject: "test", reason: reply, operation: cmdlet });
      return { rows: [...reply], warnings: [], date: new Date("2026-11-22T10:00:00Z") };
    },
  };
  return { port, calls };
}
