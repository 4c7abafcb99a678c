import { setTimeout as sleep } from "node:timers/promises";
import * as log from "@pulumi/pulumi/log/index.js";
import { startPlugin } from "../providers/plugin.js";
import { passTextWhole } from "../providers/protobuf-text.js";
import { isVerbose } from "../src/base/verbose.js";
import { readOwnStack } from "./own-reading.js";

/**
 * A staged migration from Exchange 2003/2007 to Microsoft 365. One stack does all of it; where the plan is split, the domain
 * stack moves the domain and wave stacks migrate their waves beside it.
 */
export = async () => {
  // Pulumi's runner maps each stack trace through source maps, and takes several for every resource; `dist` has no such maps.
  Reflect.deleteProperty(Error, "prepareStackTrace");
  // For each resource the SDK sends three lines that only `pulumi up --debug` shows, one of them with all that state has of it.
  if (!isVerbose()) Reflect.set(log, "debug", async () => {});
  passTextWhole();
  // Before the plugin is asked for: until it stands the engine answers nothing else, and nothing can be declared without the answer.
  const reading = readOwnStack();
  await reading.outputs.catch(() => undefined);
  // So that its second request is on its way as well.
  await sleep(5);
  await startPlugin();
  // By require, not import(), which would read all of the file once more for the names it exports.
  const { declareStack }: typeof import("./program.js") = require("./program.js");
  return declareStack(reading);
};
