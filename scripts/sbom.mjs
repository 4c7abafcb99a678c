/**
 * The bill of materials in CycloneDX, as npm writes it. Packages that mailstage gives away within a file of its own are packages of
 * development to npm, but run where mailstage does: they lose that mark.
 *
 *   node scripts/sbom.mjs > mailstage.cdx.json
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { placesWithin } from "./licences.mjs";
import { root } from "./setup/run.mjs";

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
const given = new Set(
  [...placesWithin(lock)].map(
    (place) => `${place.replace(/^.*node_modules\//, "")}@${lock.packages[place].version}`,
  ),
);
const bill = JSON.parse(
  execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  }),
);
for (const component of bill.components)
  if (given.has(component["bom-ref"]))
    component.properties = component.properties.filter(({ name }) => name !== "cdx:npm:package:development");
console.log(JSON.stringify(bill, null, 2));
