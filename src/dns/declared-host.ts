let declared: string | undefined;

/**
 * Declares the DNS host of the plan that this run applies, where stack config has no plan: the removal of what a person kept is
 * not told who keeps it from now on.
 */
export function declareDnsHost(host: string | undefined): void {
  declared = host;
}

/** The DNS host that the program's plan names; undefined where it is that of stack config, and in `pulumi destroy`. */
export function declaredDnsHost(): string | undefined {
  return declared;
}
