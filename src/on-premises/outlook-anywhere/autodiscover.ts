import {
  type AutodiscoverAnswer,
  autodiscoverRequest,
  type ExprSettings,
  readAutodiscover,
} from "./autodiscover-xml.js";
import { offers, schemesOf } from "./challenge.js";
import { type Answer, Connection } from "./http.js";
import { askAs } from "./logon.js";
import { codeOf, hostPort } from "./network.js";
import {
  type AutodiscoverQuestion,
  domainOf,
  isRedirect,
  type Place,
  placeOf,
  placesOf,
  targetOf,
} from "./places.js";
import type { Finding } from "./report.js";
import { HandshakeError, handshake } from "./tls.js";

/** What came of it: one finding, and the servers where they were found. */
export interface AutodiscoverOutcome {
  readonly finding: Finding;
  readonly proxy?: ExprSettings;
  readonly exchangeServer?: string;
}

type Step =
  | { readonly kind: "answer"; readonly answer: Exclude<AutodiscoverAnswer, { kind: "unreadable" }> }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "next"; readonly reason: string }
  | { readonly kind: "end"; readonly finding: Omit<Finding, "check"> };

const maxHops = 10;
/** A web host at the domain may ask for a password too and refuse ours; more than two tries may lock the account. */
const maxRefusals = 2;
const accountHint =
  "Check the account's name and password, and that it is neither locked nor expired; two attempts were made at most";
const microsoft365 = /(^|\.)(outlook\.com|office365\.com|office365\.us|outlook\.cn|office\.com)$/i;
const explicitHint =
  "Give exchangeServer and rpcProxyServer in the plan's source, which needs no Autodiscover";

/**
 * Finds the servers as Outlook does from outside (MS-OXDISCO 3.1.5, and public reports, 2026-11): https at the domain, https at
 * `autodiscover.`, the redirect of a plain GET there, the SRV record; redirects of each are followed, ten at most.
 * The account is given up after two refusals, tried only over TLS that verifies, and a place nobody vouches for is not even asked: its answer
 * would decide who gets the password next.
 */
export async function autodiscover(question: AutodiscoverQuestion): Promise<AutodiscoverOutcome> {
  const reasons: string[] = [];
  const visited = new Set<string>();
  let address = question.testMailbox;
  let places = placesOf(question, address);
  let refusals = 0;
  for (let hops = 0; ; ) {
    const { value: place, done } = await places.next();
    if (done === true)
      return failed(address, notFound(address, reasons), refusals > 0 ? accountHint : explicitHint);
    if (typeof place === "string") {
      reasons.push(place);
      continue;
    }
    const url = `https://${hostPort(place.host, place.port)}${place.path}`;
    const key = `${url} ${address}`.toLowerCase();
    if (visited.has(key) || hops > maxHops)
      return failed(address, `Autodiscover redirects in a circle or too often, at ${url}`, explicitHint);
    visited.add(key);
    const step = await ask(question, place, address);
    if (step.kind === "next" || step.kind === "refused")
      reasons.push(`${hostPort(place.host, place.port)}: ${step.reason}`);
    if (step.kind === "refused") {
      refusals += 1;
      if (refusals === maxRefusals)
        return failed(address, `Autodiscover refuses the account: ${reasons.join("; ")}`, accountHint);
    } else if (step.kind === "next") continue;
    else if (step.kind === "end") return { finding: { check: "autodiscover", ...step.finding } };
    else if (step.kind === "place") {
      hops += 1;
      places = startingWith(step.place, places);
    } else if (step.answer.kind === "redirect-url") {
      hops += 1;
      const next = placeOf(step.answer.url, true);
      if (next === undefined)
        reasons.push(`${hostPort(place.host, place.port)}: redirects to no https address`);
      else places = startingWith(next, places);
    } else if (step.answer.kind === "redirect-address") {
      hops += 1;
      address = step.answer.address;
      places = placesOf(question, address);
    } else return outcomeOf(step.answer, url, address);
  }
}

async function ask(question: AutodiscoverQuestion, place: Place, address: string): Promise<Step> {
  const where = hostPort(place.host, place.port);
  if (microsoft365.test(place.host))
    return end(
      address,
      `Autodiscover of ${domainOf(address)} leads to Microsoft 365 (${place.host}) already, not to the on-premises server`,
      explicitHint,
    );
  let connection: Connection | undefined;
  try {
    const target = targetOf(question, place.host, place.port);
    const { legacy } = await handshake(target);
    if (!place.trusted)
      return notJudged(
        address,
        `Autodiscover leads to ${where}, outside of ${domainOf(address)}, by a way that proves nothing (plain HTTP or SRV), and is not followed`,
        explicitHint,
      );
    connection = new Connection({ ...target, legacy }, true);
    const request = {
      method: "POST",
      path: place.path,
      headers: { "Content-Type": "text/xml; charset=utf-8", Accept: "text/xml, application/xml" },
      body: autodiscoverRequest(address),
    } as const;
    const first = await connection.ask(request);
    if (first.status !== 401) return stepOf(first, place);
    const schemes = schemesOf(first.challenges);
    const methods = (["Basic", "Ntlm"] as const).filter((method) =>
      offers(schemes, method === "Ntlm" ? "NTLM" : method),
    );
    const method = methods.find((candidate) => candidate === question.authentication) ?? methods[0];
    if (method === undefined)
      return next(`offers ${schemes.join(", ") || "no authentication"}, neither Basic nor NTLM`);
    if (question.credentials === undefined)
      return notJudged(
        address,
        `Autodiscover answers at ${where} and asks for authentication (${schemes.join(", ")}); no password is given`,
        "Give the account's password, or exchangeServer and rpcProxyServer in the plan's source",
      );
    const answer = await askAs(connection, request, question.credentials, method);
    if (answer === undefined) return next("does not go on with NTLM, so that no password was sent");
    if (answer.status === 401)
      return { kind: "refused", reason: `refuses ${question.credentials.account} by ${method}` };
    return stepOf(answer, place);
  } catch (error) {
    return next(error instanceof HandshakeError ? error.code : codeOf(error));
  } finally {
    connection?.close();
  }
}

function stepOf(answer: Answer, place: Place): Step {
  if (isRedirect(answer)) {
    const target = placeOf(answer.location, true, `https://${hostPort(place.host, place.port)}`);
    return target === undefined ? next("redirects to no https address") : { kind: "place", place: target };
  }
  if (answer.status !== 200) return next(`answers ${answer.status}`);
  const read = readAutodiscover(answer.body);
  return read.kind === "unreadable" ? next(`answers ${read.reason}`) : { kind: "answer", answer: read };
}

function outcomeOf(
  answer: Extract<AutodiscoverAnswer, { kind: "settings" | "error" }>,
  url: string,
  address: string,
): AutodiscoverOutcome {
  if (answer.kind === "error")
    return failed(
      address,
      `${url} answers with error ${answer.code}: ${answer.message}`,
      "Check that testMailbox is a mailbox of this organization, by its primary address",
    );
  const { proxy, exchangeServer } = answer;
  const found = exchangeServer === undefined ? {} : { exchangeServer };
  if (proxy === undefined)
    return {
      ...failed(
        address,
        `${url} names no Outlook Anywhere (no protocol EXPR)`,
        "Enable-OutlookAnywhere on a Client Access server with its external host name",
      ),
      ...found,
    };
  const detail =
    `${url} names RPC proxy ${proxy.server}, Exchange server ${exchangeServer ?? "(none)"}, ` +
    `authentication ${proxy.authPackage ?? "(none)"}`;
  const finding: Finding = proxy.ssl
    ? { check: "autodiscover", verdict: "passed", subject: address, detail }
    : {
        check: "autodiscover",
        verdict: "warning",
        subject: address,
        detail: `${detail}, and SSL off for Outlook Anywhere`,
        hint: "Require SSL for Outlook Anywhere: the migration service connects by https only",
      };
  return { finding, proxy, ...found };
}

async function* startingWith(
  place: Place,
  rest: AsyncGenerator<Place | string>,
): AsyncGenerator<Place | string> {
  yield place;
  yield* rest;
}

function notFound(address: string, reasons: readonly string[]): string {
  return `no Autodiscover service is found for ${domainOf(address)}: ${reasons.join("; ")}`;
}

function next(reason: string): Step {
  return { kind: "next", reason };
}

function end(subject: string, detail: string, hint: string): Step {
  return { kind: "end", finding: { verdict: "failed", subject, detail, hint } };
}

function notJudged(subject: string, detail: string, hint: string): Step {
  return { kind: "end", finding: { verdict: "not-judged", subject, detail, hint } };
}

function failed(subject: string, detail: string, hint: string): AutodiscoverOutcome {
  return { finding: { check: "autodiscover", verdict: "failed", subject, detail, hint } };
}
