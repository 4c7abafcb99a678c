/**
 * A Pulumi program that declares the resources a JSON file lists, whatever they are: with the type tokens and properties
 * of the real ones, and a provider that does nothing. So a stack may break what the real program and its providers would
 * refuse by themselves. `{"secret": …}` stands for a Pulumi secret, `{"unknown": true}` for what only the update knows.
 */
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");

const provider =
  "exports.handler=()=>({check:async(o,n)=>({inputs:n,failures:[]}),create:async(i)=>({id:'1',outs:i})})";

class Declared extends pulumi.CustomResource {
  constructor({ type, name, props }, late) {
    const dynamic = type.startsWith("pulumi-nodejs:");
    super(type, name, { ...inputsOf(props, late), ...(dynamic ? { __provider: provider } : {}) });
  }
}

function inputsOf(value, late) {
  if (Array.isArray(value)) return value.map((part) => inputsOf(part, late));
  if (typeof value !== "object" || value === null) return value;
  if ("secret" in value) return pulumi.secret(value.secret);
  if ("unknown" in value) return late;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inputsOf(part, late)]));
}

const file = new pulumi.Config("test").require("resources");
const resources = JSON.parse(readFileSync(file, "utf8"));
// Its id is what a preview cannot know.
const first = new Declared({ type: "pulumi-nodejs:dynamic:Resource", name: "late", props: {} });
for (const resource of resources) new Declared(resource, first.id);
