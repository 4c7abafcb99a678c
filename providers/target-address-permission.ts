import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { MailstageError, printable } from "../src/base/problem.js";
import {
  findAccount,
  grantTargetAddress,
  hasTargetAddressGrant,
  revokeTargetAddress,
} from "../src/on-premises/directory/index.js";
import { targetAddressPermissionContract } from "../src/state/target-address-permission.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { withDirectory } from "./settings.js";

/** Who may write `targetAddress`, and of whom. */
export type TargetAddressPermissionArgs = ArgsOf<"TargetAddressPermission">;

/**
 * The migration administrator may write `targetAddress` of the users in an organizational unit (Microsoft's procedure, "Assign
 * permissions"): one inheritable entry in the unit's access list, everything else left octet for octet. An entry that is
 * there already is adopted; deleting this resource takes away only what it has added itself.
 */
export class TargetAddressPermission
  extends MailstageResource
  implements Documented<"TargetAddressPermission">
{
  declare readonly sid: pulumi.Output<string>;
  declare readonly added: pulumi.Output<boolean>;

  constructor(name: string, args: TargetAddressPermissionArgs, opts?: pulumi.CustomResourceOptions) {
    super("TargetAddressPermission", name, args, opts);
  }
}

export const targetAddressPermissionProvider = /* @__PURE__ */ dynamicProvider(
  targetAddressPermissionContract,
  {
    async check(cx, _news, olds, inputs) {
      if (inputs === undefined || isDeepStrictEqual(olds, inputs)) return {};
      const { directory: settings, organizationalUnit, account } = inputs;
      await withDirectory(cx, settings, async (directory) => {
        const { dn: found, sid } = await findAccount(directory, account);
        const dn = printable(found);
        const there = await hasTargetAddressGrant(directory, organizationalUnit, sid);
        await cx.info(
          there
            ? `${dn} may write targetAddress of the users in ${organizationalUnit} already: adopted as it is`
            : `${dn} gets the right to write targetAddress of the users in ${organizationalUnit}: (OA;CIIO;WP;targetAddress;user;${sid})`,
        );
      });
      return {};
    },

    async adopt(cx, adopting, inputs) {
      return await withDirectory(cx, inputs.directory, async (directory) => {
        const { sid } = await findAccount(directory, inputs.account);
        if (!(await hasTargetAddressGrant(directory, inputs.organizationalUnit, sid)))
          adopting.absent(
            `the right of ${inputs.account} to write targetAddress in ${inputs.organizationalUnit}`,
          );
        // Nobody can tell who gave it: it is never taken away.
        return { id: `${inputs.organizationalUnit} ${sid}`, outputs: { sid, added: false } };
      });
    },

    async reconcile(cx, inputs, prior) {
      return await withDirectory(cx, inputs.directory, async (directory) => {
        const { sid } = await findAccount(directory, inputs.account);
        const added = await grantTargetAddress(directory, inputs.organizationalUnit, sid);
        return {
          id: `${inputs.organizationalUnit} ${sid}`,
          outputs: { sid, added: added || (prior?.outputs.added ?? false) },
        };
      });
    },

    async read(cx, inputs, state) {
      const there = await withDirectory(cx, inputs.directory, (directory) =>
        hasTargetAddressGrant(directory, inputs.organizationalUnit, state.sid).catch(whereGone),
      );
      return there ? { inputs, outputs: state } : undefined;
    },

    async delete(cx, inputs, { sid, added }) {
      if (!added) {
        await cx.info(
          `the right to write targetAddress in ${inputs.organizationalUnit} was there before, and stays`,
        );
        return;
      }
      const left = await withDirectory(cx, inputs.directory, async (directory) => {
        const gone = await revokeTargetAddress(directory, inputs.organizationalUnit, sid).catch(whereGone);
        return (
          !gone && (await hasTargetAddressGrant(directory, inputs.organizationalUnit, sid).catch(whereGone))
        );
      });
      if (left)
        await cx.warn(
          `${inputs.account} may still write targetAddress of the users in ${inputs.organizationalUnit}: the entry that was added is no longer as it was, since an editor of permissions has merged it with another, which is left alone. Take the right away there, for instance with dsacls or Active Directory Users and Computers`,
        );
    },
  },
);

/** The organizational unit is gone, and its access list with it. */
function whereGone(error: unknown): false {
  if (error instanceof MailstageError && error.code === "directory-no-object") return false;
  throw error;
}
