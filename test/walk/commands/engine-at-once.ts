import fc from "fast-check";
import { command } from "../command.js";
import { Violated } from "../invariants/violated.js";
import { SplitStack } from "../split-stack.js";
import { atRequest } from "./cut-off.js";
import { forgotten, proofs } from "./forgotten.js";
import { learned, up } from "./up.js";

const locked = /currently locked by/;

/** Updates that know nothing of each other. */
export const engineAtOnceCommands = [
  command({
    name: "a second update at once",
    weight: 2,
    data: fc.record({ skip: fc.nat(25), open: fc.boolean() }),
    possible: () => true,
    typed: ({ skip, open }) =>
      `pulumi up --yes --skip-preview, and at its request ${skip + 1} ${open ? "pulumi cancel and " : ""}another one; pulumi up --yes`,
    async run(migration, model, { skip, open }) {
      const { lab, stack } = migration;
      model.moved = true;
      const first = await atRequest(migration, { kind: "hang", skip, count: 1 }, async () => {
        if (open) await stack.cancel();
        const before = await stack.stateText();
        const there = await proofs(migration);
        const second = await stack.up({ skipPreview: true });
        lab.faults.clear();
        // The state that the first one saves comes over that of the second.
        if (open)
          return forgotten(
            migration,
            model,
            (await proofs(migration)).filter((proof) => !there.includes(proof)),
          );
        // Of a split plan the first stack may be done already, and is free: the one whose turn it is has the lock.
        const split = stack instanceof SplitStack;
        if (!locked.test(second.errors) && !(split && second.errors !== ""))
          throw new Violated("3 one update at a time", second.errors);
        if (!split && (await stack.stateText()) !== before)
          throw new Violated("3 one update at a time", "who was turned away has changed the state");
      });
      learned(migration, model, first);
      await stack.cancel();
      model.moved = true;
      await up(migration, model);
    },
  }),
  command({
    name: "the stacks of waves at once",
    weight: 3,
    data: fc.record({ domainToo: fc.boolean() }),
    possible: () => true,
    typed: ({ domainToo }) =>
      domainToo
        ? "pulumi up --yes in all stacks of a split plan at once, and in turn"
        : "pulumi up --yes in the domain's stack, and then in all others at once",
    async run(migration, model, { domainToo }) {
      const { stack } = migration;
      if (!(stack instanceof SplitStack)) return;
      learned(migration, model, await stack.upAtOnce(domainToo));
      if (!domainToo) return;
      model.moved = true;
      await up(migration, model);
    },
  }),
];
