/**
 * The policy pack: what a reviewer can hold a migration to, whoever wrote the program. The same things are refused by the
 * gates and the providers themselves; the pack is the second lock, asked by the engine with --policy-pack.
 */
import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./rule.js";
import { packName, rules } from "./rules/index.js";

new PolicyPack(packName, {
  description: "The rules of a staged mail migration",
  enforcementLevel: "mandatory",
  policies: policiesOf(packName, rules),
});
