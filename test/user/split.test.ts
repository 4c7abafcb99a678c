import { walkTheUsersWay } from "./walk.js";

walkTheUsersWay("split");
