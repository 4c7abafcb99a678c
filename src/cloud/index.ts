export { type Cloud, cloudOf, isLoopback, scopeOf } from "./clouds.js";
export { type CloudSession, newSession, openCloud, type SessionOptions } from "./session.js";
