/** Previews by hand, for what no lab does. */
type Properties = Record<string, unknown>;

/** A step of one of our resources. */
export function step(
  op: string,
  kind: string,
  name: string,
  sides: { old?: Properties; oldOutputs?: Properties; new?: Properties; reasons?: string[] },
  type = `pulumi-nodejs:dynamic/mailstage:${kind}`,
) {
  const urn = `urn:pulumi:test::mailstage::${type}::${name}`;
  return {
    op,
    urn,
    ...(sides.old && {
      oldState: { urn, type, inputs: sides.old, outputs: { ...sides.old, ...sides.oldOutputs } },
    }),
    ...(sides.new && { newState: { urn, type, inputs: sides.new } }),
    ...(sides.reasons && { replaceReasons: sides.reasons }),
  };
}

/** The stage of a migration, which stays. */
export const stageStep = (extra: Properties = {}) => {
  const inputs = {
    domain: "contoso.com",
    stage: "migrate",
    phases: { wave1: "started", wave2: "started" },
    waive: [],
    ...extra,
  };
  return step("same", "Stage", "stage", { old: inputs, new: inputs });
};

/** A whole preview as `pulumi preview --json` prints it. */
export function preview(
  steps: readonly unknown[],
  diagnostics: readonly { message: string; severity: string; urn?: string }[] = [],
): string {
  return JSON.stringify({ steps, diagnostics, changeSummary: {} });
}
