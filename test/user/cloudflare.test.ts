import { walkTheUsersWay } from "./walk.js";

walkTheUsersWay("cloudflare");
