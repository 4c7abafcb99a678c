import type { Provider } from "@pulumi/pulumi/provider/index.js";

export const signal: AbortSignal;
export const unknown: string;
type Properties = Record<string, unknown>;
export function serve(
  provider: Provider & { previewed?(news: Properties, olds: Properties): Properties },
): void;
export function changed(olds: Record<string, unknown>, news: Record<string, unknown>): string[];
export function setting(name: string): string;
