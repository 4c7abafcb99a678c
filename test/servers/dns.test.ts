import { bindManners } from "./bind-manners.js";
import { dnsContract } from "./dns-contract.js";
import { startBind, startLab } from "./dns-server.js";
import { installed } from "./installed.js";

const named = installed("named");
const tools = { dig: installed("dig"), nsupdate: installed("nsupdate") };

describe("the lab's DNS server", () => dnsContract(startLab, tools));

describe("BIND 9", () => {
  if (named === undefined) {
    console.warn(
      "\n*** BIND IS NOT INSTALLED: the DNS contract was NOT run against a real server. ***\n*** apt-get install bind9 bind9-dnsutils, then run the tests again.              ***\n",
    );
    test.skip("LEFT OUT: the contract against real BIND, because named is not installed", () => {});
  } else {
    dnsContract(() => startBind(named), tools);
    bindManners(named, installed("rndc"));
  }
});
