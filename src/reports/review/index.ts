/** The review of a pull request: what a `pulumi up` would do, in the terms of DNS and mail. */

export { failedPreview, readPreview } from "../shared/engine-output.js";
export type { Preview } from "../shared/preview.js";
export { type BindingParts, type Bound, bindingOf, bindingProblems } from "./binding.js";
export { reviewHtml } from "./html.js";
export { reviewJson } from "./json.js";
export { type MarkdownOptions, marker, reviewMarkdown } from "./markdown.js";
export { exitCodeOf, type RecordChange, type Review, type Verdict } from "./model.js";
export { reviewOf } from "./review.js";
export { readViolations, type Violation, violationsVariable } from "./violations.js";
