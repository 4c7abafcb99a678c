/** How long the proof of ownership must have been published before the domain is verified, in seconds (Microsoft's procedure, "Verify you own the domain": about 15 minutes). */
export const proofSettlesSeconds = 15 * 60;
