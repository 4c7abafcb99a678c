import { walkTheUsersWay } from "./every-stage.js";

walkTheUsersWay("manual");
