export { assignBatches, mayBeBatchOf, possibleBatchNames, rowsPerBatch } from "./batches-of-wave.js";
export { parseMailboxFile } from "./mailbox-file.js";
export { readMailboxFiles } from "./read.js";
export type { MailboxFile } from "./types.js";
export { uploadCsv } from "./upload.js";
