export { type Cloud, cloudOf, scopeOf } from "./clouds.js";
export { type CloudSession, newSession, openCloud, type SessionOptions } from "./session.js";
