/**
 * Preloaded into every Node process of a test's engine: RUNNER_CLOCK_DAYS moves what JavaScript takes for the time by that many
 * days, as on a runner whose clock is wrong. TLS and the kernel keep the true time.
 */
const shift = Number(process.env.RUNNER_CLOCK_DAYS ?? 0) * 86_400_000;
const real = Date;
globalThis.Date = new Proxy(real, {
  construct: (target, args, wanted) =>
    Reflect.construct(target, args.length === 0 ? [real.now() + shift] : args, wanted),
  apply: () => new real(real.now() + shift).toString(),
  get: (target, key) => (key === "now" ? () => real.now() + shift : Reflect.get(target, key)),
});
