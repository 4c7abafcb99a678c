/** How long the proof of ownership must have been published before the domain is verified (Microsoft's procedure, "Verify you own the domain": about 15 minutes; checked 2026-11). */
export const proofSettlesMinutes = 15;

export const proofSettlesSeconds = proofSettlesMinutes * 60;
