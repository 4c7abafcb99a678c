/** What differs between machines: how paths are written, and what a person types. */

export {
  backendUrl,
  folderOfUrl,
  foldersOn,
  isIn,
  joinAsWritten,
  ownPaths,
  type Paths,
  programFile,
  whereFirst,
  withFirstOnPath,
} from "./paths.js";
export {
  environmentEnding,
  environmentLines,
  powerShellWord,
  quotedWord,
  shellWord,
  typed,
} from "./shell.js";
