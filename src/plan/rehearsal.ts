/** Names the stack of a rehearsal, where a shell or a process has its environment: its plan, with the lab in it, is in stack config. */
export const rehearsalVariable = "MAILSTAGE_REHEARSAL";
