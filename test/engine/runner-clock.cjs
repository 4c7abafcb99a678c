/**
 * Preloaded into every Node process of a test's engine: a file `runner-clock-days` in the project moves what JavaScript takes for
 * the time by that many days, as on a runner whose clock is wrong. TLS and the kernel keep the true time.
 */
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const file = join(process.env.MAILSTAGE_PROJECT_ROOT ?? ".", "runner-clock-days");
if (existsSync(file)) {
  const shift = Number(readFileSync(file, "utf8")) * 86_400_000;
  const real = Date;
  globalThis.Date = new Proxy(real, {
    construct: (target, args, wanted) =>
      Reflect.construct(target, args.length === 0 ? [real.now() + shift] : args, wanted),
    apply: () => new real(real.now() + shift).toString(),
    get: (target, key) => (key === "now" ? () => real.now() + shift : Reflect.get(target, key)),
  });
}
