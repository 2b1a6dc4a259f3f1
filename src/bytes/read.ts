/** Fixed-offset reads. The caller has checked the length once; nothing here checks it again. */
export const u16 = (b: Uint8Array, o: number): number => (b[o]! << 8) | b[o + 1]!
export const u16le = (b: Uint8Array, o: number): number => b[o]! | (b[o + 1]! << 8)
/** As a signed 32-bit word: cheap to compare and to hash. */
export const i32 = (b: Uint8Array, o: number): number => (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!
export const u32 = (b: Uint8Array, o: number): number => i32(b, o) >>> 0
export const u32le = (b: Uint8Array, o: number): number => (b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16) | (b[o + 3]! << 24)) >>> 0
