export { type Cloud, cloudOf, isLoopback, scopeOf } from "./http/clouds.js";
export { type CloudSession, newSession, openCloud } from "./session.js";
