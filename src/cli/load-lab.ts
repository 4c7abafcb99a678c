import type * as lab from "../../lab/index.js";

/** The lab, which a third of all that is loaded belongs to: by the commands that start or look for one, and no others. */
export const loadLab = (): Promise<typeof lab> => import("../../lab/index.js");
