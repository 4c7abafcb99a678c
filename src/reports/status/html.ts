import { utcMinute } from "../../base/dates.js";
import { count, duration, mailboxes } from "../../base/words.js";
import { type Html, html } from "../shared/html.js";
import { page } from "../shared/page.js";
import { statusStyle } from "./html-style.js";
import type { Clock, FailureGroup, MailStatus, Status, TimelineStage, WaveStatusLine } from "./model.js";

/** The status as one page for people who do not use a terminal: no script, no request to anywhere. */
export function statusHtml(status: Status): string {
  const { domain, stage, summary, next, waivers, notAsked, waves, clocks, failures, stack } = status;
  const name = domain ?? "No domain yet";
  return page({
    title: `${name}: ${stage === null ? "not begun" : `stage ${stage}`}`,
    style: statusStyle,
    header: html`<p class="eyebrow">Migration to Microsoft 365</p><h1>${name}</h1><p class="lead">${summary}</p>`,
    main: html`${[
      timeline(status.timeline),
      html`<div class="two">${list("now", "What to do now", next)}${totals(status)}</div>`,
      ...(waves.length === 0
        ? []
        : [html`<section><h2>Waves</h2>${legend}<div class="waves">${waves.map(wave)}</div></section>`]),
      ...(clocks.length === 0
        ? []
        : [html`<section><h2>Waiting periods</h2><div class="clocks">${clocks.map(clock)}</div></section>`]),
      mail(status.mail),
      ...(failures.length === 0
        ? []
        : [
            html`<section><h2>Failures by cause</h2>${failures.map((group) => failure(group, failures[0]?.count ?? 1))}</section>`,
          ]),
      ...(waivers.length === 0
        ? []
        : [
            list(
              "warn",
              "Conditions that are waived",
              waivers.map(({ gate, reason }) => `${gate}: ${reason}`),
            ),
          ]),
      ...(notAsked.length === 0 ? [] : [list("warn", "Could not be asked", notAsked)]),
    ]}`,
    footer: html`<p>${status.live ? "The services were asked" : status.stage === null ? "Nothing is applied," : "As of the last update,"} ${time(status.asOf)}. Stack ${stack}, written by mailstage status.</p>`,
  });
}

const time = (iso: string): Html => html`<time datetime="${iso}">${utcMinute(new Date(iso))}</time>`;

function list(tone: string, title: string, items: readonly string[]): Html {
  return html`<section class="${tone}"><h2>${title}</h2>${
    items.length === 0 ? html`<p>Nothing.</p>` : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`
  }</section>`;
}

const stateWords = { done: "done", current: "now", ahead: "ahead" } as const;

function timeline(stages: readonly TimelineStage[]): Html {
  return html`<section><h2>Stages</h2><ol class="steps">${stages.map(
    ({ stage, state, since, meaning }) =>
      html`<li class="${state}"${state === "current" ? html` aria-current="step"` : ""}><span class="dot" aria-hidden="true">${state === "done" ? "✓" : ""}</span><div><strong>${stage}</strong> <span class="state">${stateWords[state]}</span><p>${meaning}</p>${since === null ? "" : html`<p class="when"><time datetime="${since}">${since.slice(0, 10)}</time></p>`}</div></li>`,
  )}</ol></section>`;
}

/** Four rings: how much of everything has been copied, converted and licensed. */
function totals({ totals: { mailboxes: total, synced, converted, licensed, failed } }: Status): Html {
  const ring = (label: string, part: number, tone: string) => {
    const share = total === 0 ? 0 : Math.min(1, part / total);
    // Circumference of a circle with radius 15.9155 is 100, so that the dash is the percentage.
    return html`<figure><svg viewBox="0 0 40 40" role="img" aria-label="${label}: ${count(part)} of ${mailboxes(total)}"><circle class="track" cx="20" cy="20" r="15.9155"/><circle class="${tone}" cx="20" cy="20" r="15.9155" stroke-dasharray="${(share * 100).toFixed(2)} 100" transform="rotate(-90 20 20)"/><text x="20" y="20.5">${share > 0 && share < 0.01 ? "<1" : Math.floor(share * 100)}%</text></svg><figcaption><strong>${label}</strong><span>${count(part)} of ${count(total)}</span></figcaption></figure>`;
  };
  return html`<section><h2>${mailboxes(total)}</h2><div class="rings">${ring("Copied", synced, "done")}${ring("Converted", converted, "blue")}${ring("Licensed", licensed, "blue")}${failed > 0 ? ring("Failed", failed, "bad") : ""}</div></section>`;
}

const legend = html`<p class="legend"><span><i class="key converted"></i>copied and converted</span><span><i class="key copied"></i>copied</span><span><i class="key failed"></i>failed</span><span><i class="key open"></i>open</span></p>`;

const statusTones: Readonly<Record<string, string>> = {
  Synced: "green",
  Done: "green",
  Syncing: "blue",
  SyncedWithErrors: "amber",
  Failed: "red",
  Stopped: "amber",
  Removed: "",
};

/** `SyncedWithErrors` as people read it: `synced with errors`. */
const words = (status: string) => status.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();

function wave(line: WaveStatusLine): Html {
  const {
    wave: name,
    status,
    phase,
    mailboxes: total,
    synced,
    failed,
    converted,
    licensed,
    expectedEnd,
    lastSynced,
  } = line;
  const share = (part: number) => (total === 0 ? 0 : (Math.min(part, total) / total) * 100);
  const both = Math.min(converted, synced);
  const parts = [
    ["converted", share(both)],
    ["copied", share(synced - both)],
    ["failed", share(failed)],
  ] as const;
  let at = 0;
  const rects = parts.map(([tone, width]) => {
    const x = at;
    at += width;
    return html`<rect class="${tone}" x="${x.toFixed(3)}" width="${width.toFixed(3)}" height="10" y="0"/>`;
  });
  return html`<article><h3>${name} <span class="tag ${statusTones[status] ?? ""}">${words(status)}</span></h3><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${name}: ${count(synced)} of ${mailboxes(total)} copied, ${count(converted)} converted, ${count(failed)} failed"><rect class="open" x="0" y="0" width="100" height="10"/>${rects}</svg><p class="facts"><span><strong>${count(synced)}</strong> of ${count(total)} copied</span>${failed > 0 ? html`<span class="bad"><strong>${count(failed)}</strong> failed</span>` : ""}<span>${count(converted)} converted</span><span>${count(licensed)} licensed</span>${phase === null ? "" : html`<span>planned: ${phase}</span>`}${expectedEnd === null ? "" : html`<span>done about ${time(expectedEnd)}</span>`}${lastSynced === null ? "" : html`<span>last synchronized ${time(lastSynced)}</span>`}</p></article>`;
}

function clock({ name, meaning, from, until, over, left, deadline }: Clock): Html {
  const whole = (Date.parse(until) - Date.parse(from)) / 1000;
  const passed = whole <= 0 ? 100 : Math.min(100, ((whole - left) / whole) * 100);
  const tone = over ? "over" : deadline ? "deadline" : "running";
  return html`<article class="${tone}"><h3>${name}</h3><p class="left">${over ? "over" : `${duration(left)} left`}</p><svg class="bar thin" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${name}: ${Math.floor(passed)} percent passed"><rect class="open" x="0" y="0" width="100" height="10"/><rect class="${tone}" x="0" y="0" width="${passed.toFixed(2)}" height="10"/></svg><p class="soft">${over ? "Until" : "Ends"} ${time(until)}: ${meaning}.</p></article>`;
}

function mail({ goesTo, mx, former, tenant, routedAt, seen }: MailStatus): Html {
  const tone = {
    "Microsoft 365": "green",
    "on premises": "blue",
    both: "amber",
    elsewhere: "red",
    unknown: "",
  }[goesTo];
  const values = (all: readonly string[]) => all.map((value) => html`<div><code>${value}</code></div>`);
  return html`<section><h2>Where new mail goes</h2><p class="goes"><span class="tag ${tone}">${goesTo}</span>${routedAt === null ? "" : html` <span class="soft">switched ${time(routedAt)}</span>`}</p><dl class="mx">${
    mx === null
      ? ""
      : html`<div><dt>MX now</dt><dd>${values(mx.values)}<span class="soft">TTL ${duration(mx.ttl)}</span></dd></div>`
  }${former === null ? "" : html`<div><dt>Before the migration</dt><dd>${values(former.values)}<span class="soft">TTL ${duration(former.ttl)}</span></dd></div>`}${
    tenant.length === 0 ? "" : html`<div><dt>Microsoft 365 names</dt><dd>${values(tenant)}</dd></div>`
  }</dl>${
    seen.length === 0
      ? ""
      : html`<div class="scroll" tabindex="0" role="region" aria-label="What name servers answer"><table><thead><tr><th>Name server</th><th>Answers</th><th>TTL</th></tr></thead><tbody>${seen.map(
          ({ server, role, values: answers, ttl, error }) =>
            html`<tr><td><code>${server}</code> <span class="soft">${role}</span></td><td>${error === null ? values(answers) : html`<span class="bad">${error}</span>`}</td><td>${ttl === null ? "" : duration(ttl)}</td></tr>`,
        )}</tbody></table></div>`
  }</section>`;
}

/** A cause with its bar and remedy; the longest bar is the most frequent cause. */
function failure({ cause, remedy, count: number, examples, waves, words }: FailureGroup, most: number): Html {
  return html`<article class="failure"><h3>${cause} <span class="tag red">${count(number)}</span></h3><svg class="bar thin" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="open" x="0" y="0" width="100" height="10"/><rect class="failed" x="0" y="0" width="${((number / most) * 100).toFixed(2)}" height="10"/></svg><p>${remedy}.</p><details><summary>${mailboxes(number)} in ${waves.join(", ")}</summary><p class="soft">${words}</p><ul class="names">${examples.map((name) => html`<li><code>${name}</code></li>`)}</ul>${number > examples.length ? html`<p class="soft">and ${count(number - examples.length)} more</p>` : ""}</details></article>`;
}
