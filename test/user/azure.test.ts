import { walkTheUsersWay } from "./walk.js";

walkTheUsersWay("azure");
