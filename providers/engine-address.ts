/**
 * The address of the engine whose plugin for dynamic providers this process is (`host:port`, its last argument: `--tracing` comes before
 * it); undefined elsewhere, such as in a program.
 */
export function engineAddress(argv: readonly string[] = process.argv): string | undefined {
  const [, script = "", ...args] = argv;
  if (!/[\\/]dynamic-provider(?:[\\/]|$)/.test(script)) return undefined;
  return args.findLast((argument) => /^[^\s/]+:\d+$/.test(argument));
}
