import { type CloudSession, newSession } from "../../src/microsoft365/index.js";
import { loopbackCloud, staticTokens } from "./tokens.js";

/** A session at whose services nobody listens, but for the parts that are given. */
export const sessionWith = (parts: Partial<CloudSession> = {}): CloudSession => ({
  ...newSession(loopbackCloud("http://127.0.0.1:9"), { credential: staticTokens() }),
  ...parts,
});
