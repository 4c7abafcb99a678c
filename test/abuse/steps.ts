import { smallFiles, smallPlan } from "../engine/rehearsal.js";
import type { Scene } from "./scene.js";

/** One `pulumi up` of a migration: its name, and what is done around it. */
export interface WalkStep {
  readonly name: string;
  /** Changes the plan and moves the clock. */
  before(scene: Scene): Promise<void>;
  /** Lets the services end what they do by themselves, before what came of it is compared. */
  settle?(scene: Scene): Promise<void>;
}

const hours = (count: number) => (scene: Scene) => scene.lab.advance(count * 3600);
const toStage = (name: (typeof smallPlan)["stage"]) => (scene: Scene) => scene.rehearsal.stage(name);

/** Every `pulumi up` of a whole migration in its order; `migrate` is three, since mailboxes take days. */
export const walk: readonly WalkStep[] = [
  { name: "prepare", before: toStage("prepare") },
  { name: "verify", before: toStage("verify") },
  { name: "verified", before: (scene) => scene.lab.advance(16 * 60) },
  {
    name: "connect",
    before: async (scene) => {
      // Exchange takes a while to accept a domain that has just been verified.
      await scene.lab.advance(300);
      await toStage("connect")(scene);
    },
  },
  { name: "migrate", before: toStage("migrate") },
  { name: "license", before: hours(48) },
  {
    name: "convert",
    before: ({ rehearsal }) =>
      rehearsal.change((plan) => ({
        ...plan,
        waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" as const })),
      })),
  },
  {
    name: "route",
    before: async (scene) => {
      await hours(25)(scene);
      await toStage("route")(scene);
    },
  },
  {
    name: "retire",
    before: async (scene) => {
      await hours(73)(scene);
      await toStage("retire")(scene);
    },
    // A batch is `Removing` for a while before it is gone.
    settle: hours(1),
  },
  { name: "complete", before: toStage("complete") },
];

/** The plan and lists of the walk. */
export const walkedPlan = smallPlan;
export const walkedFiles = smallFiles;
