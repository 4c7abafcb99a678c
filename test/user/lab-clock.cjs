/** Preloaded into a program of a test: what it takes for the time is the lab's, LAB_CLOCK_OFFSET_MS ahead. */
const shift = Number(process.env.LAB_CLOCK_OFFSET_MS ?? 0);
const real = Date;
globalThis.Date = new Proxy(real, {
  construct: (target, args, wanted) =>
    Reflect.construct(target, args.length === 0 ? [real.now() + shift] : args, wanted),
  apply: () => new real(real.now() + shift).toString(),
  get: (target, key) => (key === "now" ? () => real.now() + shift : Reflect.get(target, key)),
});
