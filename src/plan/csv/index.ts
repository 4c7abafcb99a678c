export { parseMailboxFile } from "./mailbox-file.js";
export { assignParts, mayBePartOf, possibleParts, rowsPerBatch } from "./parts.js";
export { readMailboxFiles } from "./read.js";
export { type CsvColumn, csvColumns, type MailboxFile, type MailboxRow, type MailboxRules } from "./types.js";
export { uploadCsv } from "./upload.js";
