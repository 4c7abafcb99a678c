import fc from "fast-check";
import { z } from "zod";
import type { World } from "../../lab/index.js";
import type { RecordSet } from "../../src/dns/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import type { WorldOptions } from "../engine/small-migration.js";
import { smallPlan } from "../engine/small-migration.js";
import {
  applyChosen,
  type Chosen,
  licenseGroup,
  otherSku,
  type PlanOption,
  planOptions,
  zoneAbove,
} from "./options.js";

/** What a walk begins with: plain data, drawn from its seed and kept with it. */
export const shapeSchema = z.strictObject({
  /** How many mailboxes each wave's list has. */
  rows: z.array(z.int().min(1)).min(1),
  /** Mailboxes that no list names yet. */
  spares: z.int().min(0),
  /** Where the zone is hosted. */
  host: z.enum(["rfc2136", "cloudflare", "azure", "manual"]),
  /** Whether the zone has a second authoritative server, which may lag behind. */
  secondary: z.boolean().default(false),
  /** Stacks of waves beside the domain's: then the plan is split. */
  stacks: z.int().min(0).default(0),
  /** What the plan says otherwise than a small one. */
  options: z.array(z.strictObject({ option: z.string(), choice: z.int().min(0), wave: z.int().min(0) })),
});

export type Shape = Readonly<z.output<typeof shapeSchema>>;

/** The shape that says least. */
export const smallShape: Shape = {
  rows: [3, 5],
  spares: 0,
  host: "rfc2136",
  secondary: false,
  stacks: 0,
  options: [],
};

const weighted = <T>(...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]) =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** Mostly a few rows: what is wrong with one is wrong with many, but for what is done a page, a part or a thousand at a time. */
const rows = weighted(
  [900, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })],
  [60, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 8 })],
  [30, fc.tuple(fc.integer({ min: 20, max: 50 }), fc.integer({ min: 1, max: 4 }))],
  [3, fc.tuple(fc.integer({ min: 200, max: 300 }), fc.integer({ min: 1, max: 4 }))],
  [1, fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1990, max: 2296 }))],
);

/** What a plan can say at its beginning, be edited to say, or be tried to say. */
export const chosen = (...kinds: readonly PlanOption["kind"][]): fc.Arbitrary<Chosen> =>
  fc.record({
    option: fc.constantFrom(
      ...planOptions.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name),
    ),
    choice: fc.nat(11),
    wave: fc.nat(7),
  });

const anyShape: fc.Arbitrary<Shape> = fc.record({
  rows,
  // Who is in no list keeps the MX from being switched: most walks have nobody such.
  spares: weighted([3, fc.constant(0)], [1, fc.integer({ min: 1, max: 3 })]),
  host: weighted(
    [5, fc.constant("rfc2136" as const)],
    [2, fc.constant("cloudflare" as const)],
    [2, fc.constant("azure" as const)],
    [1, fc.constant("manual" as const)],
  ),
  secondary: weighted([2, fc.constant(false)], [1, fc.constant(true)]),
  stacks: weighted([7, fc.constant(0)], [1, fc.integer({ min: 1, max: 2 })]),
  options: fc.array(chosen("free", "world"), { maxLength: 4 }),
});

/** The shape of the walk with a seed. */
export function drawShape(seed: number): Shape {
  const [shape = smallShape] = fc.sample(anyShape, { seed, numRuns: 1 });
  return shape;
}

/** Shapes that say less, one step each, the boldest first: with which a walk that failed is tried again. */
export function simplerShapes(shape: Shape): Shape[] {
  const { rows, options } = shape;
  const fewer = rows.map((count) => Math.min(count, 3));
  const candidates: Shape[] = [
    smallShape,
    { ...shape, options: [] },
    { ...shape, host: smallShape.host },
    { ...shape, secondary: false },
    { ...shape, stacks: 0 },
    { ...shape, rows: fewer.slice(0, 2) },
    { ...shape, rows: fewer },
    { ...shape, rows: rows.map((count) => Math.max(1, Math.floor(count / 2))) },
    ...rows.map((_, at) => ({ ...shape, rows: rows.filter((_count, index) => index !== at) })),
    ...options.map((_, at) => ({ ...shape, options: options.filter((_one, index) => index !== at) })),
  ];
  const same = JSON.stringify(shape);
  // With the smallest there is nothing to gain by the others.
  if (same === JSON.stringify(smallShape)) return [];
  return candidates.filter((one) => one.rows.length > 0 && JSON.stringify(one) !== same);
}

/** What a user would say of it. */
export function typedShape({ rows, spares, host, secondary, stacks, options }: Shape): string {
  const others = options.map(({ option, choice }) => {
    const values = planOptions.find(({ name }) => name === option)?.values ?? [];
    return `${option}: ${values[choice % values.length] ?? "?"}`;
  });
  return `waves of ${rows.join(", ")} mailboxes, ${spares} more; ${[`dns.host: ${host}`, ...(secondary ? ["a second name server"] : []), ...(stacks > 0 ? [`split over ${stacks + 1} stacks`] : []), ...others].join("; ")}`;
}

/** The stack that is the only one, or the domain's. */
export const domainStackName = "test";
const waveStackName = (turn: number) => `waves-${turn}`;

/** The stacks there are, the domain's first. */
export const stackNames = ({ stacks }: Pick<Shape, "stacks">): readonly string[] => [
  domainStackName,
  ...Array.from({ length: stacks }, (_, at) => waveStackName(at + 1)),
];

const firstNames = ["pilarp", "tobyn", "briant", "anna", "bert", "carla", "dieter", "eva"] as const;
const addressOf = (at: number, domain: string) => `${firstNames[at] ?? `user${at + 1}`}@${domain}`;

/** The plan and the lists that a walk begins with, and what its world has besides. */
export function beginningOf(shape: Shape): {
  readonly plan: PlanInput;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly options: WorldOptions;
} {
  const lists = new Map<string, readonly string[]>();
  const above = ({ dns }: PlanInput) => dns.zone === zoneAbove;
  // The hosts' own stand-ins have the zone of the domain.
  const inZoneAbove = shape.host === "rfc2136" && above(shape.options.reduce(applyChosen, smallPlan));
  const domain = inZoneAbove ? `sales.${zoneAbove}` : smallPlan.domain;
  let next = 0;
  const batches = shape.rows.map((count, index) => {
    const name = `wave${index + 1}`;
    const csv = `mailboxes/${name}.csv`;
    lists.set(
      csv,
      Array.from({ length: count }, (_, at) => addressOf(next + at, domain)),
    );
    next += count;
    // The first wave is the domain's, the others go round.
    const turn = index % (shape.stacks + 1);
    const stack = turn === 0 ? {} : { stack: waveStackName(turn) };
    return { name, csv, phase: "started" as const, ...stack };
  });
  const extraMailboxes = Array.from({ length: shape.spares }, (_, at) => addressOf(next + at, domain));
  const asked = shape.options.reduce(applyChosen, {
    ...smallPlan,
    ...(shape.host === "manual" && { dns: { host: "manual" } }),
    domain,
    ...(shape.stacks > 0 && { domainStack: domainStackName }),
    waves: batches,
  });
  const source = { ...asked.source, testMailbox: addressOf(0, domain) };
  const plan = { ...asked, source, ...(inZoneAbove ? {} : { dns: { ...asked.dns, zone: undefined } }) };
  const seats = Math.ceil((next + shape.spares) * 1.1);
  const disabled = new Set(
    plan.waves.filter(({ unifiedMessaging }) => unifiedMessaging === "disable").map(({ name }) => name),
  );
  return {
    plan,
    lists,
    options: {
      extraMailboxes,
      ...(inZoneAbove ? { zone: wildcardZone } : {}),
      world: (planned) => walkWorld(planned, seats, disabled),
    },
  };
}

/** A zone above the domain, where a wildcard answers for it, mail included. */
const wildcardZone: readonly RecordSet[] = [
  { name: `*.${zoneAbove}`, type: "MX", ttl: 3600, values: [`10 mail.${zoneAbove}`] },
  { name: `mail.${zoneAbove}`, type: "A", ttl: 86_400, values: ["192.0.2.10"] },
];

/** In every tenant there is a group that carries the licence, and a second subscription, so that a plan may go over to them. */
function walkWorld(planned: World, seats: number, disabled: ReadonlySet<string>): World {
  return {
    ...planned,
    // Each has a second address, and Unified Messaging where the plan turns it off.
    mailboxes: planned.mailboxes.map((mailbox) => ({
      ...mailbox,
      aliases: [mailbox.emailAddress.replace("@", ".alias@")],
      unifiedMessaging: disabled.has(mailbox.wave ?? ""),
    })),
    licenseGroup,
    sku: planned.sku.skuId === otherSku.skuId ? { ...enterprise, seats } : { ...planned.sku, seats },
    otherSkus: [{ ...otherSku, seats }],
  };
}

const enterprise = { skuPartNumber: "ENTERPRISEPACK", skuId: "6fd2c87f-b296-42f0-b197-1e91e994b900" };
