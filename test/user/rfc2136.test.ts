import { walkTheUsersWay } from "./walk.js";

walkTheUsersWay("rfc2136");
