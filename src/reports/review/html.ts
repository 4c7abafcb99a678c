import { plainLines } from "../../base/plain.js";
import { count, counted, mailboxes } from "../../base/words.js";
import { type Html, html } from "../shared/html.js";
import { page } from "../shared/page.js";
import type { RecordChange, RecordSide, Review, WaveChange } from "./model.js";

const style = `
tr.old td { color: var(--soft); } tr.old td, tr.pair td { border-bottom: 0; } del { text-decoration-thickness: 1px; }
td.value { min-width: 14rem; } td.value code { overflow-wrap: anywhere; }
`;

/** The review as one page with nothing left out, for the pipeline's artefacts. */
export function reviewHtml(review: Review): string {
  const { domain, stage, summary, verdict, stack, mode } = review;
  const where = domain === null ? "Migration" : `Migration of ${domain}`;
  const move =
    mode === "drift"
      ? "drift"
      : stage === null
        ? "review"
        : stage.from === stage.to
          ? `stage ${stage.to}`
          : `${stage.from ?? "start"} → ${stage.to}`;
  const tones = { "no-change": "green", changes: "blue", "gate-open": "amber", error: "red" } as const;
  const words = { "no-change": "no change", changes: "changes", "gate-open": "not yet", error: "refused" };
  return page({
    title: `${where}: ${move}`,
    style,
    header: html`<p><span class="tag ${tones[verdict]}">${words[verdict]}</span></p><h1>${where}: ${move}</h1><p class="lead">${summary}</p>`,
    main: html`${sections(review)}`,
    footer: html`<p>mailstage review${stack === null ? "" : ` of stack ${stack}`}${
      review.binding === null
        ? ""
        : html`, bound to state, plan and mailbox files by <code>${review.binding}</code>`
    }</p>`,
  });
}

function sections(review: Review): Html[] {
  const {
    dangers,
    violations,
    errors,
    verdict,
    waivers,
    stage,
    zones,
    waves,
    licenses,
    gates,
    others,
    warnings,
    details,
  } = review;
  const rulesOf = (wanted: "mandatory" | "advisory") =>
    violations
      .filter(({ level }) => level === wanted)
      .map(({ policy, message }) => html`<li><code>${policy}</code> ${message}</li>`);
  const waiverWords = { new: "waived from now on", standing: "waived", withdrawn: "asked again" };
  return [
    ...section("danger", "Rules of the policy pack it breaks", rulesOf("mandatory")),
    ...section("warn", "Remarks of the policy pack", rulesOf("advisory")),
    ...section("danger", "Deleted, replaced or dangerous", dangers.map(item)),
    ...section(
      verdict === "gate-open" ? "warn" : "danger",
      verdict === "gate-open" ? "What is missing" : "Why it is refused",
      errors.map(({ text }) => html`<li>${plainLines(text).map((line) => html`${line}<br>`)}</li>`),
    ),
    ...section(
      "warn",
      "Waivers",
      waivers.map(
        ({ gate, reason, status }) => html`<li><code>${gate}</code> ${waiverWords[status]}: ${reason}</li>`,
      ),
    ),
    ...(stage === null || stage.from === stage.to || verdict !== "changes"
      ? []
      : [
          html`<section><h2>What it means</h2><p>${stage.meaning}</p><p class="soft">${stage.undo}</p></section>`,
        ]),
    ...zones.map(
      ({ zone, records }) =>
        html`<section><h2>DNS zone ${zone}</h2><div class="scroll" tabindex="0" role="region" aria-label="Records of ${zone}"><table><thead><tr><th>Change</th><th>Name</th><th>Type</th><th>TTL</th><th>Value</th></tr></thead><tbody>${records.map(recordRows)}</tbody></table></div><ul>${records.map(
          ({ type, name, meaning, effect }) =>
            html`<li><strong>${type}</strong> <code>${name}</code>: ${meaning}${effect === null ? "" : html` <span class="soft">${effect}</span>`}</li>`,
        )}</ul></section>`,
    ),
    ...(waves.length === 0
      ? []
      : [
          html`<section><h2>Mailboxes</h2><div class="scroll" tabindex="0" role="region" aria-label="Waves"><table><thead><tr><th>Wave</th><th>Phase</th><th class="number">Mailboxes</th><th class="number">Added</th><th class="number">Removed</th><th class="number">Moved</th><th class="number">Become mail users</th></tr></thead><tbody>${waves.map(waveRow)}</tbody></table></div>${waves.map(waveDetails)}</section>`,
        ]),
    ...(licenses.length === 0
      ? []
      : [
          html`<section><h2>Licences</h2><div class="scroll" tabindex="0" role="region" aria-label="Licences"><table><thead><tr><th>Wave</th><th>Licence</th><th class="number">Mailboxes</th><th class="number">Have it</th><th class="number">Seats left</th><th>What happens</th></tr></thead><tbody>${licenses.map(
            (change) =>
              html`<tr><td><code>${change.wave}</code></td><td><code>${change.license}</code></td><td class="number">${count(change.mailboxes)}</td><td class="number">${count(change.licensed)}</td><td class="number">${change.seatsLeft === null ? "not counted" : count(change.seatsLeft)}</td><td>${change.meaning}</td></tr>`,
          )}</tbody></table></div></section>`,
        ]),
    ...gates.flatMap(({ stage: name, facts }) => section("good", `Gate ${name}: passed`, facts.map(item))),
    ...section(
      "",
      "Other",
      others.map(
        ({ verb, subject, changes, meaning }) =>
          html`<li><span class="tag ${verb === "delete" || verb === "replace" ? "red" : ""}">${verb}</span> ${subject}${meaning === null ? "" : html` <span class="soft">${meaning}</span>`}${changes.length === 0 ? "" : html`<ul>${changes.map((change) => html`<li><code>${change}</code></li>`)}</ul>`}</li>`,
      ),
    ),
    ...section(
      "warn",
      "Warnings",
      warnings.map((message) => html`<li>${plainLines(message).map((line) => html`${line}<br>`)}</li>`),
    ),
    ...(details.length === 0
      ? []
      : [
          html`<section><details><summary>What the resources said</summary><ul>${details.flatMap((text) => plainLines(text)).map(item)}</ul></details></section>`,
        ]),
  ];
}

const item = (text: string) => html`<li>${text}</li>`;

function section(tone: "danger" | "warn" | "good" | "", title: string, items: readonly Html[]): Html[] {
  return items.length === 0
    ? []
    : [html`<section class="${tone}"><h2>${title}</h2><ul>${items}</ul></section>`];
}

const verbTags = {
  create: ["create", "green"],
  add: ["add", "green"],
  modify: ["modify", "blue"],
  ttl: ["modify TTL only", "blue"],
  delete: ["delete", "red"],
  adopt: ["adopt", ""],
} as const;

function recordRows({ verb, name, type, before, after, kept }: RecordChange): Html {
  const [label, tone] = verbTags[verb];
  const marked = verb === "ttl" || verb === "adopt" ? [] : kept;
  const row = (kind: string, head: Html, side: RecordSide | null) =>
    html`<tr class="${kind}"><td>${head}</td><td><code>${name}</code></td><td>${type}</td><td>${side?.ttl === null || side === null ? "?" : `${side.ttl} s`}</td><td class="value">${values(side, marked)}</td></tr>`;
  const tag = html`<span class="tag ${tone}">${label}</span>`;
  if (verb === "delete") return row("", tag, before);
  if (verb === "create" || verb === "add" || verb === "adopt") return row("", tag, after);
  return html`${row("old", html`${tag} old`, before)}${row("", html`new`, after)}`;
}

function values(side: RecordSide | null, kept: readonly string[]): Html[] {
  return (side?.values ?? []).map((value) =>
    value === null
      ? html`<div><em>known after the update</em></div>`
      : html`<div><code>${value}</code>${kept.includes(value) ? html` <span class="soft">(kept)</span>` : ""}</div>`,
  );
}

function waveRow({ wave, phase, verb, mailboxes: size, added, removed, moved, converts }: WaveChange): Html {
  const { from, to } = phase;
  const change =
    verb === "delete"
      ? html`<span class="tag red">deleted</span>`
      : html`${size.before === size.after || size.before === 0 ? count(size.after) : `${count(size.before)} → ${count(size.after)}`}`;
  const number = (value: number, sign: string) => (value === 0 ? "" : `${sign}${count(value)}`);
  return html`<tr><td><code>${wave}</code></td><td>${from === to || from === null || to === null ? (to ?? from) : `${from} → ${to}`}</td><td class="number">${change}</td><td class="number">${number(added.length, "+")}</td><td class="number">${number(removed.length, "−")}</td><td class="number">${number(moved.length, "")}</td><td class="number">${converts === null ? "" : count(converts)}</td></tr>`;
}

function waveDetails({ wave, meaning, added, removed, moved, batches }: WaveChange): Html {
  const names = (title: string, list: readonly string[]) =>
    list.length === 0
      ? ""
      : html`<details><summary>${title}</summary><ul class="names">${list.map((name) => html`<li><code>${name}</code></li>`)}</ul></details>`;
  return html`<h3>${wave}</h3>${meaning.map((sentence) => html`<p>${sentence}</p>`)}${
    batches.length === 0
      ? ""
      : html`<p class="soft">${counted(batches.length, "migration batch", "migration batches")}: ${batches.map(({ name, mailboxes: size }) => `${name} (${count(size)})`).join(", ")}</p>`
  }${names(`${mailboxes(added.length)} added`, added)}${names(`${mailboxes(removed.length)} removed`, removed)}${names(
    `${mailboxes(moved.length)} moved`,
    moved.map(({ address, from, to }) => `${address} (${from} → ${to})`),
  )}`;
}
