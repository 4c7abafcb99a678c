export { type Cloud, cloudOf, isLoopbackHttp, scopeOf } from "./clouds.js";
export { type CloudSession, newSession, openCloud, type SessionOptions } from "./session.js";
