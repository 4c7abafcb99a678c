/** Lets a child process of a test run the TypeScript sources, as jest does in its own. */
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { transformSync } = require("@swc/core");

Module._extensions[".ts"] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, "utf8"), {
    filename,
    jsc: { parser: { syntax: "typescript" }, target: "es2023" },
    module: { type: "commonjs" },
  });
  module._compile(code, filename);
};
const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveSource(request, ...rest) {
  const source =
    request.startsWith(".") && request.endsWith(".js") ? request.replace(/\.js$/, ".ts") : request;
  try {
    return resolve.call(this, source, ...rest);
  } catch {
    return resolve.call(this, request, ...rest);
  }
};
