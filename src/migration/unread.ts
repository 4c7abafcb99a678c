/** Said in place of the stage whose work is done, where the state of the stack cannot be looked at: its program exports nothing. */
export const unread = "unread";
