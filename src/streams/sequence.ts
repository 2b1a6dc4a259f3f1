/** TCP sequence arithmetic, modulo 2^32 (RFC 9293 §3.4). Numbers are kept as signed 32-bit words. */

/** How far `a` is ahead of `b`; negative when behind. */
export const ahead = (a: number, b: number): number => (a - b) | 0
export const plus = (seq: number, bytes: number): number => (seq + bytes) | 0
