import { z } from "zod";
import { contract } from "./contract.js";
import { directoryInput } from "./settings.js";

/** Inputs of `TargetAddressPermission`. */
export const targetAddressPermissionInputs = {
  /** The on-premises directory; its account needs Modify Permissions on the organizational unit. */
  directory: directoryInput,
  /** DN of the organizational unit whose users may be written. Replaces. */
  organizationalUnit: z.string(),
  /** The migration administrator or a group it is in: a DN, `DOMAIN\\user` or an address. Replaces. */
  account: z.string(),
};

/** Outputs of `TargetAddressPermission`. */
export const targetAddressPermissionOutputs = {
  /** SID of the account. */
  sid: z.string(),
  /** Whether the entry was added here, and not by somebody before. */
  added: z.boolean(),
};

/** Who may write `targetAddress`, and of whom. */
export const targetAddressPermissionContract = contract({
  inputs: z.object(targetAddressPermissionInputs),
  outputs: z.object(targetAddressPermissionOutputs),
  replaceOn: ["organizationalUnit", "account"],
});
