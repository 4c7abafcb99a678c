import type { Provider } from "@pulumi/pulumi/provider/index.js";

export const signal: AbortSignal;
export function serve(provider: Provider): void;
export function changed(olds: Record<string, unknown>, news: Record<string, unknown>): string[];
export function setting(name: string): string;
