import { engineAddress } from "../../providers/engine-address.js";

const plugin = "/srv/node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js";
const program = "/srv/node_modules/@pulumi/pulumi/cmd/run/index.js";

test.each([
  ["as the engine starts it", ["node", plugin, "127.0.0.1:4711"], "127.0.0.1:4711"],
  ["with --tracing", ["node", plugin, "--tracing", "tcp://127.0.0.1:1", "127.0.0.1:4711"], "127.0.0.1:4711"],
  ["on Windows", ["node.exe", plugin.replaceAll("/", "\\"), "127.0.0.1:4711"], "127.0.0.1:4711"],
  ["in a program", ["node", program, "--monitor", "127.0.0.1:4711", "--engine", "127.0.0.1:4712"], undefined],
  ["in some other process", ["node", "/srv/jest.js", "--ci"], undefined],
  ["without arguments", ["node"], undefined],
])("the engine's address, %s", (_, argv, address) => expect(engineAddress(argv)).toBe(address));
