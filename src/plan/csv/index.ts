export { assignBatches, mayBeBatchOf, possibleBatchNames, rowsPerBatch } from "./batches-of-wave.js";
export { parseMailboxFile } from "./mailbox-file.js";
export { readMailboxFiles } from "./read.js";
export { type CsvColumn, csvColumns, type MailboxFile, type MailboxRow, type MailboxRules } from "./types.js";
export { uploadCsv } from "./upload.js";
