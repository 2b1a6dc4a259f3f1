import { count, defineOptions, flag, type OptionsOf, word } from '../../schema/options.js'

export const memcacheOptions = defineOptions({
  parseunknown: flag('Take every line for a command, also one whose first word is none.'),
  maxvalues: count('Values of a request or reply that are kept, in base64; -1 for all.', 0, -1),
  maxbytespervalue: count('Bytes kept of each of them.', 2 ** 31 - 1),
  udptransactiontimeout: word('How long a request by UDP may wait for its reply before its id is free again: 200ms, 10s.', '10s'),
})
export type MemcacheOptions = OptionsOf<typeof memcacheOptions> & { readonly send_request: boolean; readonly send_response: boolean }

/** Nanoseconds; ten seconds where the text is no duration. */
export function durationNs(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)?$/.exec(text.trim())
  if (!found) return 10e9
  const unit = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }[found[2] ?? 's'] ?? 1e9
  return Number(found[1]) * unit
}
