#!/usr/bin/env node
// The pack for engines that cannot start a folder: pulumi preview --policy-pack <absolute path of this file>.
// The engine passes its address, which the pack does not need; it prints the port it listens on.
process.chdir(__dirname);
require("../../dist/policy/index.js");
