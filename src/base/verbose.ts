/** Whether a run prints what it otherwise folds or leaves out (`MAILSTAGE_VERBOSE`: anything but nothing and `0`). */
export const isVerbose = (): boolean => !["", "0", undefined].includes(process.env["MAILSTAGE_VERBOSE"]);
