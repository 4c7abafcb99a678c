import type * as pulumi from "@pulumi/pulumi";
import { MailstageError, type Problem, throwIfAny } from "../src/base/problem.js";
import type { InputsOf } from "../src/contracts/index.js";
import { migrationEndpointContract } from "../src/contracts/migration-endpoint.js";
import {
  createMigrationEndpoint,
  type EndpointAccount,
  type EndpointServers,
  getMigrationEndpoint,
  isRemoving,
  listMigrationBatches,
  type MigrationEndpointInfo,
  removeMigrationEndpoint,
  setMigrationEndpoint,
  testMigrationEndpoint,
} from "../src/microsoft365/exchange/index.js";
import type { CloudSession } from "../src/microsoft365/index.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"MigrationEndpoint">;

/** How Exchange Online reaches the on-premises Exchange organization. */
export type MigrationEndpointArgs = ArgsOf<"MigrationEndpoint", "passwordDigest">;

/**
 * The Outlook Anywhere migration endpoint, one for all batches (New-MigrationEndpoint -ExchangeOutlookAnywhere; Microsoft's procedure,
 * "Connect Microsoft 365 or Office 365 to your email system"). Adopted by name where it exists; tested by Exchange
 * itself after every change (Test-MigrationServerAvailability).
 */
export class MigrationEndpoint extends MailstageResource {
  /** Name of the endpoint, for `SourceEndpoint`. */
  declare readonly name: pulumi.Output<string>;
  /** Exchange's id of the endpoint. */
  declare readonly guid: pulumi.Output<string>;
  /** Whether the last test by Exchange succeeded. */
  declare readonly tested: pulumi.Output<boolean>;

  constructor(name: string, args: MigrationEndpointArgs, opts?: pulumi.CustomResourceOptions) {
    super("MigrationEndpoint", name, args, opts);
  }
}

export const migrationEndpointProvider = /* @__PURE__ */ dynamicProvider(migrationEndpointContract, {
  async check(_cx, _news, olds, known) {
    if (known === undefined) return {};
    // A preview without the password, as in a pull request of a fork, does not know whether it changed.
    const passwordDigest = known.passwordDigest || olds?.passwordDigest;
    if (olds !== undefined && replaces(olds, known)) {
      const inUse = await batchesUsing(sessionOf(olds.tenant), olds.name);
      throwIfAny(
        inUse.map((batch) => ({
          code: "endpoint-in-use",
          subject: `migration endpoint ${olds.name}`,
          reason: `would be replaced while batch ${batch} uses it`,
          hint: "Restore its name, test mailbox and Autodiscover mode; they can change only before the first batch and after stage retire",
        })),
      );
    }
    return { passwordDigest };
  },

  async adopt(cx, adopting, known) {
    const { exchange } = sessionOf(known.tenant);
    const live = await getMigrationEndpoint(exchange, known.name);
    if (live === undefined) {
      adopting.absent(`migration endpoint ${known.name}`);
      return { id: known.name, outputs: { guid: known.name, tested: false } };
    }
    const problems = [...kindProblems(known, live), ...settingProblems(known, live)];
    adopting.differs(...problems);
    await cx.progress(`Exchange tests the connection of endpoint ${known.name}`);
    // Of another server than the plan's it would say nothing.
    const test =
      problems.length > 0 ? undefined : await testMigrationEndpoint(exchange, { endpoint: known.name });
    if (test?.success === false)
      adopting.differs({
        code: "adopt-endpoint-broken",
        subject: `migration endpoint ${known.name}`,
        reason: `exists, and Exchange cannot connect to the on-premises organization by it: ${[test.message, test.detail].filter(Boolean).join("; ") || "no reason given"}`,
        hint: "Mend Outlook Anywhere, its certificate, or the account's rights and its password in the endpoint, and adopt again",
      });
    return { id: known.name, outputs: { guid: live.guid ?? known.name, tested: test?.success ?? false } };
  },

  async reconcile(cx, known, prior) {
    const session = sessionOf(known.tenant);
    const existing = await getMigrationEndpoint(session.exchange, known.name);
    const endpoint =
      existing === undefined
        ? await create(cx, session, known)
        : await adjust(cx, session, known, existing, prior?.inputs);
    await cx.progress(`Exchange tests the connection of endpoint ${known.name}`);
    const test = await testMigrationEndpoint(session.exchange, { endpoint: known.name });
    return {
      id: known.name,
      outputs: { guid: endpoint.guid ?? known.name, tested: test.success },
      ...(test.success
        ? {}
        : {
            blocked: [
              `migration endpoint ${known.name}: Exchange cannot connect to the on-premises organization: ${[test.message, test.detail].filter(Boolean).join("; ") || "no reason given"}. Mend Outlook Anywhere, its certificate or the account's rights, and run pulumi up again`,
            ],
          }),
    };
  },

  async read(_cx, known, state) {
    const live = await getMigrationEndpoint(sessionOf(known.tenant).exchange, known.name);
    if (live === undefined) return undefined;
    const same = (seen: string | undefined, planned: string | undefined) =>
      seen === undefined || planned === undefined || seen.toLowerCase() === planned.toLowerCase()
        ? planned
        : seen;
    const { exchangeServer, rpcProxyServer, ...rest } = known;
    const server = same(live.exchangeServer, exchangeServer);
    const proxy = same(live.rpcProxyServer, rpcProxyServer);
    const authentication = migrationEndpointContract.inputs.shape.authentication.safeParse(
      live.authentication,
    ).data;
    return {
      inputs: {
        ...rest,
        ...(server === undefined ? {} : { exchangeServer: server }),
        ...(proxy === undefined ? {} : { rpcProxyServer: proxy }),
        authentication: authentication ?? known.authentication,
        account: same(live.userName, known.account) ?? known.account,
      },
      outputs: { ...state, guid: live.guid ?? state.guid },
    };
  },

  async delete(_cx, known) {
    const session = sessionOf(known.tenant);
    const inUse = await batchesUsing(session, known.name);
    throwIfAny(
      inUse.map((batch) => ({
        code: "endpoint-in-use",
        subject: `migration endpoint ${known.name}`,
        reason: `is used by batch ${batch}`,
        hint: "Delete the batch first, at stage retire",
      })),
    );
    await removeMigrationEndpoint(session.exchange, known.name);
  },
});

const autodiscovers = (known: Inputs) => known.exchangeServer === undefined;

function replaces(olds: Inputs, news: Inputs): boolean {
  return (
    olds.name !== news.name ||
    olds.emailAddress !== news.emailAddress ||
    autodiscovers(olds) !== autodiscovers(news)
  );
}

async function batchesUsing(session: CloudSession, endpoint: string): Promise<string[]> {
  const batches = await listMigrationBatches(session.exchange);
  return batches
    .filter((batch) => batch.sourceEndpoint?.toLowerCase() === endpoint.toLowerCase())
    .filter((batch) => !isRemoving(batch.status))
    .map((batch) => batch.name);
}

/** The account with its password, which lives as long as this request. */
function accountOf(cx: Context, known: Inputs): EndpointAccount {
  const password = cx.secret("MAILSTAGE_SOURCE_PASSWORD", "sourcePassword");
  if (password === undefined)
    throw new MailstageError({
      code: "source-password-missing",
      subject: `migration endpoint ${known.name}`,
      reason: `needs the password of ${known.account}`,
      hint: "Set MAILSTAGE_SOURCE_PASSWORD, or pulumi config set --secret mailstage:sourcePassword",
    });
  return { userName: known.account, password };
}

function serversOf(known: Inputs): EndpointServers {
  const { exchangeServer, rpcProxyServer, authentication, emailAddress } = known;
  return exchangeServer === undefined || rpcProxyServer === undefined
    ? { autodiscover: { emailAddress } }
    : { exchangeServer, rpcProxyServer, authentication, emailAddress };
}

async function create(cx: Context, session: CloudSession, known: Inputs): Promise<MigrationEndpointInfo> {
  if (known.credentials === "adopt")
    throw new MailstageError({
      code: "endpoint-missing",
      subject: `migration endpoint ${known.name}`,
      reason:
        "does not exist, and the plan says that an administrator makes it by hand (source.credentials: adopt)",
      hint: `Make an Outlook Anywhere endpoint of that name in the Exchange admin center, or set source.credentials to powershell`,
    });
  const port = known.credentials === "rest" ? session.exchange : session.powershell;
  await cx.progress(`creating endpoint ${known.name}`);
  return createMigrationEndpoint(port, {
    name: known.name,
    servers: serversOf(known),
    account: accountOf(cx, known),
    ...(known.mailboxPermission === undefined ? {} : { mailboxPermission: known.mailboxPermission }),
  });
}

/** What of an endpoint of that name cannot be changed, so that it is another one. */
function kindProblems(known: Inputs, live: MigrationEndpointInfo): Problem[] {
  return [
    ...(/outlookanywhere/i.test(live.endpointType)
      ? []
      : [differing(known, "type", live.endpointType, "ExchangeOutlookAnywhere")]),
    ...(live.useAutoDiscover !== undefined && live.useAutoDiscover !== autodiscovers(known)
      ? [differing(known, "Autodiscover", String(live.useAutoDiscover), String(autodiscovers(known)))]
      : []),
  ];
}

const differing = (known: Inputs, what: string, seen: string, planned: string): Problem => ({
  code: "endpoint-differs",
  subject: `migration endpoint ${known.name}`,
  reason: `exists already with ${what} ${seen}, and the plan says ${planned}`,
  hint: "Choose another source.endpointName, or make the two match; the endpoint was not changed",
});

const other = (seen: string | undefined, planned: string | undefined) =>
  planned !== undefined && seen !== undefined && seen.toLowerCase() !== planned.toLowerCase();

/** What of it `pulumi up` would set. */
function settingProblems(known: Inputs, live: MigrationEndpointInfo): Problem[] {
  const settings = [
    ["Exchange server", live.exchangeServer, known.exchangeServer],
    ["RPC proxy server", live.rpcProxyServer, known.rpcProxyServer],
    ["authentication", live.authentication, autodiscovers(known) ? undefined : known.authentication],
    ["mailbox permission", live.mailboxPermission, known.mailboxPermission],
    ["account", live.userName, known.account],
  ] as const;
  return settings.flatMap(([what, seen, planned]) =>
    seen !== undefined && planned !== undefined && other(seen, planned)
      ? [differing(known, what, seen, planned)]
      : [],
  );
}

/** An endpoint that exists: refused where it is another kind, brought up to date where Set-MigrationEndpoint can. */
async function adjust(
  cx: Context,
  session: CloudSession,
  known: Inputs,
  live: MigrationEndpointInfo,
  before: Inputs | undefined,
): Promise<MigrationEndpointInfo> {
  throwIfAny(kindProblems(known, live));

  const servers =
    other(live.exchangeServer, known.exchangeServer) || other(live.rpcProxyServer, known.rpcProxyServer);
  const authentication = !autodiscovers(known) && other(live.authentication, known.authentication);
  const permission = other(live.mailboxPermission, known.mailboxPermission);
  const account =
    other(live.userName, known.account) ||
    (before !== undefined && before.passwordDigest !== known.passwordDigest);
  if (!servers && !authentication && !permission && !account) return live;
  const carriesSecret = account && known.credentials !== "adopt";
  await setMigrationEndpoint(
    carriesSecret && known.credentials !== "rest" ? session.powershell : session.exchange,
    known.name,
    {
      ...(servers && known.exchangeServer !== undefined ? { exchangeServer: known.exchangeServer } : {}),
      ...(servers && known.rpcProxyServer !== undefined ? { rpcProxyServer: known.rpcProxyServer } : {}),
      ...(authentication ? { authentication: known.authentication } : {}),
      ...(permission && known.mailboxPermission !== undefined
        ? { mailboxPermission: known.mailboxPermission }
        : {}),
      ...(carriesSecret ? { account: accountOf(cx, known) } : {}),
    },
  );
  return live;
}
