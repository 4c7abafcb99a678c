import { existsSync } from "node:fs";
import { dnsContract } from "./dns-contract.js";
import { startBind, startLab } from "./dns-server.js";

/** Where a program is: on PATH, or where servers are that users have no PATH to. */
const installed = (name: string) =>
  [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"]
    .map((folder) => `${folder}/${name}`)
    .find((path) => existsSync(path));
const named = installed("named");
const tools = { dig: installed("dig"), nsupdate: installed("nsupdate") };

describe("the lab's DNS server", () => dnsContract(startLab, tools));

describe("BIND 9", () => {
  if (named === undefined) {
    console.warn(
      "\n*** BIND IS NOT INSTALLED: the DNS contract was NOT run against a real server. ***\n*** apt-get install bind9 bind9-dnsutils, then run the tests again.              ***\n",
    );
    test.skip("LEFT OUT: the contract against real BIND, because named is not installed", () => {});
  } else dnsContract(() => startBind(named), tools);
});
