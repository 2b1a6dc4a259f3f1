/** The engine's caps, each with its reason. Reaching one is counted as an anomaly and never ends a run. */

/** Bytes one side may hold for an unfinished message, unless its protocol asks for another figure: no header block of the field is larger. */
export const MAX_HELD_PER_SIDE = 1 << 20

/** Bytes held over all conversations: reassembled messages and what protocols keep. Leaves room below a 300 MB process. */
export const MAX_HELD_TOTAL = 96 << 20

/** Bytes of each side that detection may look at: every known protocol shows itself in its first exchange. */
export const MAX_PROBE_BYTES = 8192

/** Datagrams shown to detection before a flow counts as unknown. */
export const MAX_PROBE_DATAGRAMS = 16

/** Later looks at an unknown conversation, each when the direction changes or after a loss: a request may start there. */
export const MAX_LATE_PROBES = 32

/** Anomaly rows that name a flow; beyond it the same code is only counted. */
export const MAX_ANOMALY_ROWS = 10_000

/** Endpoint pairs kept for the summary's top talkers. */
export const MAX_TALKER_PAIRS = 50_000

/**
 * When so many packets of a direction were checked and every checksum was wrong, the capture was taken before the sender's
 * network card filled them in. Its later packets count as wrong without adding up their bytes, which would be a quarter of the
 * cost of reading a capture. `--strict-checksums` checks each.
 */
export const OFFLOAD_AFTER = 32
