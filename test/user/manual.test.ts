import { walkTheUsersWay } from "./walk.js";

walkTheUsersWay("manual");
