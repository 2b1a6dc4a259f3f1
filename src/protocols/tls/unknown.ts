/** A code without a name, as Packetbeat writes it. */
export const unknown = (code: number, digits = 4): string => `(unknown:0x${code.toString(16).padStart(digits, '0')})`
