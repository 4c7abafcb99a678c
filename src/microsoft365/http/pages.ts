/** Most pages of one list: a thousand times as many objects fit, and links that never end are noticed. */
export const mostPages = 5000;
