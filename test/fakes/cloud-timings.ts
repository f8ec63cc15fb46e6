// How long things take at the vendors of tests, for their drivers and for the laboratory.

export const IN_CLOUD = {
  /** What DigitalOcean takes for an action: two of them and its clock has gone on, which counts seconds. */
  actionMs: 400,
  /** OVH takes two thirds of a minute to build a machine. */
  timesFaster: 80,
  /** For so long what was just made is missing from the vendor's lists: longer than a lease, as it is with real ones. */
  lagMs: 6_000,
  /** What the driver takes for that; the answer itself takes a moment. */
  listLagMs: 7_000,
  phases: { activeMs: 20_000, portMs: 10_000, loginMs: 10_000, setupMs: 10_000, shutDownMs: 2_000 },
};
