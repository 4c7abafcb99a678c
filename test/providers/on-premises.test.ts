import { createHash } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabDirectory } from "../../lab/directory/index.js";
import { targetAddressPermissionProvider } from "../../providers/target-address-permission.js";
import { unifiedMessagingProvider } from "../../providers/unified-messaging.js";
import { unwrapped } from "../../src/base/wrapped.js";
import {
  connectDirectory,
  type Directory,
  findAccount,
  grantTargetAddress,
  hasTargetAddressGrant,
  revokeTargetAddress,
  surveyUnifiedMessaging,
} from "../../src/on-premises/directory/index.js";
import { serveDirectory } from "../directory/served.js";
import {
  addresses,
  adminDn,
  adminPassword,
  fixture,
  migrationDn,
  migrationPassword,
  namingContext,
  staffDn,
} from "../servers/directory-fixture.js";

/** The handlers of on-premises resources as Pulumi's plugin calls them, against the lab's directory. */
describe("on-premises handlers", () => {
  let server: LabDirectory;
  let directory: Directory;
  let settings: { url: string; bindDn: string; baseDn: string; pageSize: number };
  let root: string;
  const former = { ...process.env };

  beforeAll(async () => {
    server = await serveDirectory({
      entries: fixture,
      namingContext,
      accounts: [
        { dn: adminDn, password: adminPassword, rights: "admin" },
        { dn: migrationDn, password: migrationPassword, rights: "reader" },
      ],
    });
    settings = {
      url: `ldaps://127.0.0.1:${server.ldapsPort}`,
      bindDn: adminDn,
      baseDn: namingContext,
      pageSize: 100,
    };
    directory = await connectDirectory(settings, adminPassword);
    root = await mkdtemp(join(tmpdir(), "mailstage-handlers-"));
    process.env["MAILSTAGE_PROJECT_ROOT"] = root;
    process.env["MAILSTAGE_DIRECTORY_PASSWORD"] = adminPassword;
  });
  afterAll(async () => {
    process.env = former;
    await directory?.close();
    await server?.close();
    await rm(root, { recursive: true, force: true });
  });

  describe("the right to write targetAddress", () => {
    const permission = (organizationalUnit = staffDn) => ({
      directory: settings,
      organizationalUnit,
      account: migrationDn,
    });

    test("is taken away again when it was given here", async () => {
      const { sid } = await findAccount(directory, migrationDn);
      const { id, outs } = await targetAddressPermissionProvider.create(permission());
      expect(outs).toMatchObject({ sid, added: true });
      const again = await targetAddressPermissionProvider.update?.(id, outs, permission());
      expect(again?.outs).toMatchObject({ added: true });
      await targetAddressPermissionProvider.delete?.(id, outs);
      expect(await hasTargetAddressGrant(directory, staffDn, sid)).toBe(false);
      await expect(targetAddressPermissionProvider.delete?.(id, outs)).resolves.toBeUndefined();
    });

    test("stays when somebody had given it before", async () => {
      const { sid } = await findAccount(directory, migrationDn);
      await grantTargetAddress(directory, staffDn, sid);
      const { id, outs } = await targetAddressPermissionProvider.create(permission());
      expect(outs).toMatchObject({ added: false });
      await targetAddressPermissionProvider.delete?.(id, outs);
      expect(await hasTargetAddressGrant(directory, staffDn, sid)).toBe(true);
      await revokeTargetAddress(directory, staffDn, sid);
      expect(await targetAddressPermissionProvider.read?.(id, outs)).toEqual({ id: "", props: {} });
    });

    test("is refused for a unit or an account that is not there, by name", async () => {
      const nowhere = `OU=Nowhere,${namingContext}`;
      const { failures } = (await targetAddressPermissionProvider.check?.({}, permission(nowhere))) ?? {};
      expect(failures?.map(({ reason }) => unwrapped(reason))).toEqual([
        expect.stringMatching(/^OU=Nowhere,.*: is not in the directory\. /),
      ]);
      const nobody = { ...permission(), account: "CORP\\nobody" };
      await expect(targetAddressPermissionProvider.create(nobody)).rejects.toThrow(
        /CORP\\nobody: is no account of the directory/,
      );
    });
  });

  describe("Unified Messaging", () => {
    const csv = `EmailAddress\n${addresses.unifiedMessaging}\n${addresses.plain}\n`;
    const wave = (unifiedMessaging: "disable" | "enable") => ({
      wave: "wave1",
      domain: "contoso.com",
      csv: "wave1.csv",
      digest: createHash("sha256").update(csv).digest("hex"),
      directory: settings,
      unifiedMessaging,
      snapshots: "snapshots",
    });
    const on = async () =>
      (await surveyUnifiedMessaging(directory, [addresses.unifiedMessaging, addresses.plain])).users.map(
        ({ address }) => address,
      );

    test("is not turned off for an address that several hold, who are named", async () => {
      const shared = `EmailAddress\n${addresses.shared}\n`;
      await writeFile(join(root, "shared.csv"), shared);
      const inputs = {
        ...wave("disable"),
        csv: "shared.csv",
        digest: createHash("sha256").update(shared).digest("hex"),
      };
      const dn = `CN=one,${staffDn}`;
      const set = (values: string[]) =>
        directory.modify(dn, [{ operation: "replace", attribute: "msExchUMEnabledFlags", values }]);
      await set(["831"]);
      const { failures } = (await unifiedMessagingProvider.check?.({}, inputs)) ?? {};
      expect(failures?.map(({ reason }) => unwrapped(reason))).toEqual([
        expect.stringMatching(/^shared@contoso\.com: several objects have it, .*CN=one,.*; CN=two,/),
      ]);
      await set([]);
    });

    test("goes off and on with what was kept, and is not called on where the file is missing", async () => {
      await writeFile(join(root, "wave1.csv"), csv);
      const { id, outs } = await unifiedMessagingProvider.create(wave("disable"));
      const kept = "snapshots/wave1.unified-messaging.jsonl";
      expect(outs).toMatchObject({ disabled: 1, enabled: 0, failed: 0, kept });
      expect(await on()).toEqual([]);
      expect(await unifiedMessagingProvider.diff?.(id, outs, wave("disable"))).toMatchObject({
        changes: false,
      });

      await rename(join(root, kept), join(root, "elsewhere"));
      await expect(unifiedMessagingProvider.update?.(id, outs, wave("enable"))).rejects.toThrow(
        /is not here or names nobody of wave1, although Unified Messaging of 1 user was turned off/,
      );
      await rename(join(root, "elsewhere"), join(root, kept));
      const enabled = await unifiedMessagingProvider.update?.(id, outs, wave("enable"));
      expect(enabled?.outs).toMatchObject({ disabled: 0, enabled: 1, failed: 0 });
      expect(await on()).toEqual([addresses.unifiedMessaging]);

      await unifiedMessagingProvider.delete?.(id, enabled?.outs ?? {});
      expect(await on()).toEqual([addresses.unifiedMessaging]);
    });

    test("is looked for by a preview where it is kept, though the plan names another place by now", async () => {
      await writeFile(join(root, "wave1.csv"), csv);
      const { id, outs } = await unifiedMessagingProvider.create({ ...wave("disable"), snapshots: "first" });
      await unifiedMessagingProvider.update?.(id, outs, { ...wave("enable"), snapshots: "first" });
      expect(await on()).toEqual([addresses.unifiedMessaging]);
      await rm(join(root, "first"), { recursive: true });
      const more = { ...wave("disable"), snapshots: "second", roster: "one more" };
      await expect(unifiedMessagingProvider.diff?.(id, outs, more)).rejects.toThrow(
        /first\/wave1\.unified-messaging\.jsonl: is there no more, and kept 1 user as it was/,
      );
    });
  });
});
