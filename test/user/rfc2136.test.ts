import { walkTheUsersWay } from "./every-stage.js";

walkTheUsersWay("rfc2136");
