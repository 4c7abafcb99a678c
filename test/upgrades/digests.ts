import { readMailboxFiles } from "../../src/plan/csv/index.js";
import { type PlanInput, parsePlan } from "../../src/plan/index.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import { handoverDigest, revisionOf, shareDigest, waveStacksOf } from "../../src/plan/split/index.js";

type Ports = Readonly<Record<string, number>>;

/**
 * Puts the digests of a split plan as it is now into a state in place of those from when it was kept: the lab's ports are others, and
 * they are part of the plan. Both are computed by the program in hand, so that one which computes digests otherwise finds none
 * to replace, and then the state reads as changed.
 * @param plan with the lab's addresses of now
 * @param root where its lists are
 */
export function withDigestsOf(
  plan: PlanInput,
  root: string,
  ports: { readonly kept: Ports; readonly now: Ports },
): (state: string) => string {
  const before = digestsOf(withPorts(plan, ports), root);
  const after = digestsOf(plan, root);
  return (state) =>
    before.reduce((text, digest, index) => text.replaceAll(digest, after[index] ?? digest), state);
}

function withPorts(plan: PlanInput, { kept, now }: { readonly kept: Ports; readonly now: Ports }): PlanInput {
  let text = JSON.stringify(plan);
  for (const [server, port] of Object.entries(now))
    text = text
      .replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${kept[server]}`)
      .replaceAll(`"rpcProxyPort":${port}`, `"rpcProxyPort":${kept[server]}`);
  return JSON.parse(text);
}

function digestsOf(input: PlanInput, root: string): string[] {
  const plan = parsePlan(input);
  const locals = new Map(
    readMailboxFiles(root, plan).map(({ wave, rows }) => [
      wave,
      MailboxSet.ofNames(rows.map(({ emailAddress }) => emailAddress.slice(0, emailAddress.indexOf("@")))),
    ]),
  );
  const shares = Object.fromEntries(
    waveStacksOf(plan).map((stack) => [stack, shareDigest(plan, stack, locals)]),
  );
  const revision = revisionOf(plan);
  return [revision, ...Object.values(shares), handoverDigest({ revision, shares })];
}
