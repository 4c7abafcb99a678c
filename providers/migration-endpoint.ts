import type * as pulumi from "@pulumi/pulumi";
import { defined } from "../src/base/defined.js";
import { MailstageError, throwIfAny } from "../src/base/problem.js";
import {
  createMigrationEndpoint,
  type EndpointAccount,
  type EndpointServers,
  getMigrationEndpoint,
  isRemoving,
  listMigrationBatches,
  type MigrationBatchInfo,
  type MigrationEndpointInfo,
  removeMigrationEndpoint,
  sameName,
  setMigrationEndpoint,
  testMigrationEndpoint,
} from "../src/microsoft365/exchange/index.js";
import type { CloudSession } from "../src/microsoft365/index.js";
import {
  autodiscovers,
  differs,
  kindProblems,
  settingProblems,
} from "../src/migration/endpoint-differences.js";
import { untilGone } from "../src/migration/removal-under-way.js";
import { requirePassword, secrets } from "../src/plan/secrets.js";
import type { InputsOf } from "../src/state/index.js";
import { migrationEndpointContract } from "../src/state/migration-endpoint.js";
import type { Context } from "./context.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"MigrationEndpoint">;

/** How Exchange Online reaches the on-premises Exchange organization. */
export type MigrationEndpointArgs = ArgsOf<"MigrationEndpoint", "passwordDigest">;

/**
 * The Outlook Anywhere migration endpoint, one for all batches (New-MigrationEndpoint -ExchangeOutlookAnywhere; Microsoft's procedure,
 * "Connect Microsoft 365 or Office 365 to your email system"). Adopted by name where it exists; tested by Exchange
 * itself after every change (Test-MigrationServerAvailability).
 */
export class MigrationEndpoint extends MailstageResource implements Documented<"MigrationEndpoint"> {
  declare readonly name: pulumi.Output<string>;
  declare readonly guid: pulumi.Output<string>;
  declare readonly tested: pulumi.Output<boolean>;

  constructor(name: string, args: MigrationEndpointArgs, opts?: pulumi.CustomResourceOptions) {
    super("MigrationEndpoint", name, args, opts);
  }
}

export const migrationEndpointProvider = /* @__PURE__ */ dynamicProvider(migrationEndpointContract, {
  async check(_cx, _news, olds, inputs) {
    if (inputs === undefined) return {};
    // A preview without the password, as in a pull request of a fork, does not know whether it changed.
    const passwordDigest = inputs.passwordDigest || olds?.passwordDigest;
    if (olds !== undefined && replaces(olds, inputs)) {
      const using = await batchesUsing(sessionOf(olds.tenant), olds.name);
      const inUse = using.filter(({ status }) => !isRemoving(status));
      throwIfAny(
        inUse.map(({ name: batch }) => ({
          code: "endpoint-in-use",
          subject: `migration endpoint ${olds.name}`,
          reason: `would be replaced while batch ${batch} uses it`,
          hint: "Restore its name, test mailbox and Autodiscover mode; they can change only before the first batch and after stage retire",
        })),
      );
    }
    return { passwordDigest };
  },

  async adopt(cx, adopting, inputs) {
    const { exchange } = sessionOf(inputs.tenant);
    const live = await getMigrationEndpoint(exchange, inputs.name);
    if (live === undefined) {
      adopting.absent(`migration endpoint ${inputs.name}`);
      return { id: inputs.name, outputs: { guid: inputs.name, tested: false } };
    }
    const problems = [...kindProblems(inputs, live), ...settingProblems(inputs, live)];
    adopting.differs(...problems);
    await cx.progress(`Exchange tests the connection of endpoint ${inputs.name}`);
    // A test of another server than the plan's would prove nothing.
    const test =
      problems.length > 0 ? undefined : await testMigrationEndpoint(exchange, { endpoint: inputs.name });
    if (test?.success === false)
      adopting.differs({
        code: "adopt-endpoint-broken",
        subject: `migration endpoint ${inputs.name}`,
        reason: `exists, and Exchange cannot connect to the on-premises organization by it: ${[test.message, test.detail].filter(Boolean).join("; ") || "no reason given"}`,
        hint: "Mend Outlook Anywhere, its certificate, or the account's rights and its password in the endpoint, and adopt again",
      });
    return { id: inputs.name, outputs: { guid: live.guid ?? inputs.name, tested: test?.success ?? false } };
  },

  async reconcile(cx, inputs, prior) {
    const session = sessionOf(inputs.tenant);
    const existing = await getMigrationEndpoint(session.exchange, inputs.name);
    const endpoint =
      existing === undefined
        ? await create(cx, session, inputs)
        : await adjust(cx, session, inputs, existing, prior?.inputs);
    await cx.progress(`Exchange tests the connection of endpoint ${inputs.name}`);
    const test = await testMigrationEndpoint(session.exchange, { endpoint: inputs.name });
    return {
      id: inputs.name,
      outputs: { guid: endpoint.guid ?? inputs.name, tested: test.success },
      ...(test.success
        ? {}
        : {
            blocked: [
              `migration endpoint ${inputs.name}: Exchange cannot connect to the on-premises organization: ${[test.message, test.detail].filter(Boolean).join("; ") || "no reason given"}. Mend Outlook Anywhere, its certificate or the account's rights, and run pulumi up again`,
            ],
          }),
    };
  },

  async read(_cx, inputs, state) {
    const live = await getMigrationEndpoint(sessionOf(inputs.tenant).exchange, inputs.name);
    if (live === undefined) return undefined;
    const same = (seen: string | undefined, planned: string | undefined) =>
      differs(seen, planned) ? seen : planned;
    const { exchangeServer, rpcProxyServer, ...rest } = inputs;
    const server = same(live.exchangeServer, exchangeServer);
    const proxy = same(live.rpcProxyServer, rpcProxyServer);
    const authentication = migrationEndpointContract.inputs.shape.authentication.safeParse(
      live.authentication,
    ).data;
    return {
      inputs: {
        ...rest,
        ...defined({ exchangeServer: server, rpcProxyServer: proxy }),
        authentication: authentication ?? inputs.authentication,
        account: same(live.userName, inputs.account) ?? inputs.account,
      },
      outputs: { ...state, guid: live.guid ?? state.guid },
    };
  },

  async delete(_cx, inputs) {
    const session = sessionOf(inputs.tenant);
    const using = await batchesUsing(session, inputs.name);
    const inUse = using.filter(({ status }) => !isRemoving(status));
    throwIfAny(
      inUse.map(({ name: batch }) => ({
        code: "endpoint-in-use",
        subject: `migration endpoint ${inputs.name}`,
        reason: `is used by batch ${batch}`,
        hint: "Delete the batch first, at stage retire",
      })),
    );
    // One that Exchange is still deleting uses it too: a destroy deletes the batches a moment before.
    await untilGone(() => batchesUsing(session, inputs.name));
    await removeMigrationEndpoint(session.exchange, inputs.name);
  },
});

function replaces(olds: Inputs, news: Inputs): boolean {
  return (
    olds.name !== news.name ||
    olds.emailAddress !== news.emailAddress ||
    autodiscovers(olds) !== autodiscovers(news)
  );
}

/** The batches at an endpoint, also those that Exchange is deleting. */
async function batchesUsing(session: CloudSession, endpoint: string): Promise<MigrationBatchInfo[]> {
  const batches = await listMigrationBatches(session.exchange);
  return batches.filter((batch) => sameName(batch.sourceEndpoint, endpoint));
}

/** The account with its password, which lives as long as this request. */
function accountOf(cx: Context, inputs: Inputs): EndpointAccount {
  const password = requirePassword(cx.secret(secrets.source), {
    secret: secrets.source,
    account: inputs.account,
    subject: `migration endpoint ${inputs.name}`,
  });
  return { userName: inputs.account, password };
}

function serversOf(inputs: Inputs): EndpointServers {
  const { exchangeServer, rpcProxyServer, authentication, emailAddress } = inputs;
  return exchangeServer === undefined || rpcProxyServer === undefined
    ? { autodiscover: { emailAddress } }
    : { exchangeServer, rpcProxyServer, authentication, emailAddress };
}

async function create(cx: Context, session: CloudSession, inputs: Inputs): Promise<MigrationEndpointInfo> {
  if (inputs.credentials === "adopt")
    throw new MailstageError({
      code: "endpoint-missing",
      subject: `migration endpoint ${inputs.name}`,
      reason:
        "does not exist, and the plan says that an administrator makes it by hand (source.credentials: adopt)",
      hint: `Make an Outlook Anywhere endpoint of that name in the Exchange admin center, or set source.credentials to powershell`,
    });
  const port = inputs.credentials === "rest" ? session.exchange : session.powershell;
  await cx.progress(`creating endpoint ${inputs.name}`);
  return createMigrationEndpoint(port, {
    name: inputs.name,
    servers: serversOf(inputs),
    account: accountOf(cx, inputs),
    ...defined({ mailboxPermission: inputs.mailboxPermission }),
  });
}

/** An endpoint that exists: refused where it is another kind, brought up to date where Set-MigrationEndpoint can. */
async function adjust(
  cx: Context,
  session: CloudSession,
  inputs: Inputs,
  live: MigrationEndpointInfo,
  before: Inputs | undefined,
): Promise<MigrationEndpointInfo> {
  throwIfAny(kindProblems(inputs, live));

  const servers =
    differs(live.exchangeServer, inputs.exchangeServer) ||
    differs(live.rpcProxyServer, inputs.rpcProxyServer);
  const authentication = !autodiscovers(inputs) && differs(live.authentication, inputs.authentication);
  const permission = differs(live.mailboxPermission, inputs.mailboxPermission);
  const account =
    differs(live.userName, inputs.account) ||
    (before !== undefined && before.passwordDigest !== inputs.passwordDigest);
  if (!servers && !authentication && !permission && !account) return live;
  const carriesSecret = account && inputs.credentials !== "adopt";
  await setMigrationEndpoint(
    carriesSecret && inputs.credentials !== "rest" ? session.powershell : session.exchange,
    inputs.name,
    {
      ...(servers && inputs.exchangeServer !== undefined ? { exchangeServer: inputs.exchangeServer } : {}),
      ...(servers && inputs.rpcProxyServer !== undefined ? { rpcProxyServer: inputs.rpcProxyServer } : {}),
      ...(authentication ? { authentication: inputs.authentication } : {}),
      ...(permission && inputs.mailboxPermission !== undefined
        ? { mailboxPermission: inputs.mailboxPermission }
        : {}),
      ...(carriesSecret ? { account: accountOf(cx, inputs) } : {}),
    },
  );
  return live;
}
