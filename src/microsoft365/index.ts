export { type Cloud, cloudOf, isLoopback, scopeOf } from "./http/clouds.js";
export { type CloudSession, newSession, openCloud, type SessionOptions } from "./session.js";
