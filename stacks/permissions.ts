import { TargetAddressPermission } from "../providers/target-address-permission.js";
import { type Migration, onPremises } from "./migration.js";

/** The right to write targetAddress, where the plan has mailstage give it (Microsoft's procedure, "Assign permissions"). */
export function targetAddressPermission(migration: Migration): TargetAddressPermission | undefined {
  const { source, directory } = migration.plan;
  const grant = directory.grantTargetAddress;
  if (grant === undefined) return undefined;
  return new TargetAddressPermission(
    "target-address-permission",
    {
      directory: onPremises(directory),
      organizationalUnit: grant.organizationalUnit,
      account: grant.account ?? source.account,
    },
    { ...migration.within, dependsOn: [migration.stage] },
  );
}
