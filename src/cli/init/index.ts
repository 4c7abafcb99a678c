/** A new migration: what its zone looks like, the plan proposed for it, and the files it is written to. */

export { describeHost, describeSurvey, nextSteps } from "./describe.js";
export { type FileChange, planFiles, refuseExisting, writeFiles } from "./files.js";
export {
  type Ask,
  askInputs,
  type CompleteInputs,
  type InputName,
  type Inputs,
  inputMistake,
  inputMistakes,
  isComplete,
  neededInputs,
} from "./inputs.js";
export {
  type Pipeline,
  type PipelineValues,
  pipelineFiles,
  pipelines,
  proposePipeline,
  repositoryOf,
} from "./pipeline.js";
export { firstList, type Proposal, proposePlan } from "./propose.js";
export { surveyZone, type ZoneSurvey } from "./survey.js";
export { ignoreText, projectText, stackText } from "./text.js";
