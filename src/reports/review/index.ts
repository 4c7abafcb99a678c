/** The review of a pull request: what a `pulumi up` would do, in the terms of DNS and mail. */

export { failedPreview, readPreview } from "../shared/engine-output.js";
export { type Bound, bindingOf, bindingProblems } from "./binding.js";
export { reviewHtml } from "./html.js";
export { reviewJson } from "./json.js";
export { reviewMarkdown } from "./markdown.js";
export { exitCodeOf, type RecordChange, type Review } from "./model.js";
export { reviewOf } from "./review.js";
export { readViolations, type Violation, violationsVariable } from "./violations.js";
