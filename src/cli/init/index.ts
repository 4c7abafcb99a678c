/** A new migration: what its zone looks like, the plan proposed for it, and the files it is written to. */

export { describeHost, describeSurvey, nextSteps } from "./describe.js";
export { planFiles, refuseExisting, writeFiles } from "./files.js";
export {
  type Ask,
  askInputs,
  domainInput,
  type Inputs,
  inputMistakes,
  inputOptions,
  isComplete,
  neededInputs,
} from "./inputs.js";
export {
  type Pipeline,
  pipelineFiles,
  pipelines,
  proposePipeline,
  repositoryOf,
} from "./pipeline.js";
export { proposePlan } from "./propose.js";
export { surveyZone, type ZoneSurvey } from "./survey.js";
