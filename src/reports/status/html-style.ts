/** The rules of the status page beyond those every page has. */
export const statusStyle = `
.eyebrow { color: var(--soft); font-size: .8125rem; letter-spacing: .06em; text-transform: uppercase; font-weight: 600; margin: 0 0 .3rem; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 1.1rem; }
section.now { border-color: var(--blue); background: var(--blue-soft); } section.now li { font-weight: 500; }
.steps { display: grid; grid-template-columns: repeat(7, 1fr); list-style: none; margin: 0; padding: 0; }
.steps li { position: relative; margin: 0; padding: 2.1rem .6rem 0 0; font-size: .875rem; overflow-wrap: normal; }
.steps li::before { content: ""; position: absolute; top: .65rem; left: 0; right: 0; height: 3px; background: var(--track); }
.steps li.done::before { background: var(--bar-done); }
.steps li:last-child::before { display: none; }
.steps .dot { position: absolute; top: 0; left: 0; width: 1.4rem; height: 1.4rem; border-radius: 50%; background: var(--card); border: 3px solid var(--track); display: grid; place-items: center; font-size: .75rem; line-height: 1; }
.steps .done .dot { background: var(--green); border-color: var(--green); color: var(--card); font-weight: 700; }
.steps .current .dot { border-color: var(--blue); background: var(--blue); box-shadow: 0 0 0 4px var(--blue-soft); }
.steps strong { font-size: .9375rem; } .steps .current strong { color: var(--blue); }
.steps .state { color: var(--soft); font-size: .75rem; } .steps .current .state { color: var(--blue); font-weight: 600; }
.steps p { margin: .2rem 0 0; color: var(--soft); line-height: 1.35; overflow-wrap: break-word; } .steps .when { font-size: .75rem; }
.rings { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; } figure { margin: 0; text-align: center; }
.rings svg { width: 5.25rem; height: 5.25rem; display: block; margin: 0 auto; } .rings circle { fill: none; stroke-width: 4.2; }
.rings .track { stroke: var(--track); } .rings .done { stroke: var(--bar-done); } .rings .blue { stroke: var(--bar); } .rings .bad { stroke: var(--bar-bad); }
.rings text { fill: var(--ink); font-size: 8.5px; font-weight: 650; text-anchor: middle; dominant-baseline: central; }
figcaption strong, figcaption span { display: block; font-size: .875rem; } figcaption span { color: var(--soft); font-variant-numeric: tabular-nums; }
.legend { color: var(--soft); font-size: .8125rem; margin: -.4rem 0 .6rem; }
.legend span { display: inline-block; margin-right: 1rem; white-space: nowrap; } .key { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; vertical-align: -.08rem; margin-right: .35rem; }
.key.converted { background: var(--bar-done); } .key.copied { background: var(--bar); } .key.failed { background: var(--bar-bad); } .key.open { background: var(--track); }
article h3 { display: flex; align-items: center; gap: .6rem; flex-wrap: wrap; margin: .9rem 0 .4rem; overflow-wrap: anywhere; } article:first-child h3 { margin-top: 0; }
svg.bar { display: block; width: 100%; height: 1rem; border-radius: .3rem; } svg.thin { height: .5rem; border-radius: .25rem; }
rect.open { fill: var(--track); } rect.converted, rect.over { fill: var(--bar-done); } rect.copied, rect.running { fill: var(--bar); } rect.failed, rect.deadline { fill: var(--bar-bad); }
.facts { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .875rem; color: var(--soft); margin: .35rem 0 0; } .facts strong { color: var(--ink); } .bad, .facts .bad strong { color: var(--red); }
.clocks { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.2rem 1.8rem; } .clocks h3 { margin: 0; }
.clocks .left { font-size: 1.375rem; font-weight: 650; margin: .1rem 0 .4rem; letter-spacing: -.01em; } .clocks .over .left { color: var(--green); } .clocks .deadline .left { color: var(--red); }
.clocks .soft { font-size: .875rem; }
.mx { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .8rem 1.5rem; margin: .6rem 0; } .mx dt { color: var(--soft); font-size: .8125rem; font-weight: 600; } .mx dd { margin: .15rem 0 0; } .mx .soft { font-size: .875rem; }
.failure { padding: .2rem 0 .4rem; } .failure p { margin: .4rem 0 .1rem; } .failure summary { color: var(--soft); font-size: .875rem; }
@media (max-width: 52rem) { .two { grid-template-columns: 1fr; gap: 0; }
  .steps { grid-template-columns: 1fr; } .steps li { padding: 0 0 1rem 2.2rem; } .steps li::before { top: 0; bottom: 0; left: .55rem; right: auto; width: 3px; height: auto; } .steps li:last-child { padding-bottom: 0; } }
@media (max-width: 40rem) { .rings { justify-content: space-around; gap: .8rem .4rem; } }
`;
