/** Answers about texts that come again and again (status lines, hosts, media types, names of fields): worked out once each. */

/** Texts remembered by one memo; then it starts over, so that a capture of made-up texts costs no memory. */
const MAX_KNOWN = 512
/** Longest text remembered: what repeats is short. */
const MAX_LENGTH = 128

export class Memo<T extends NonNullable<unknown>> {
  private readonly known = new Map<string, T>()

  constructor(private readonly work: (text: string) => T | undefined) {}

  /** What `work` says of `text`; only answers other than undefined are remembered. */
  of(text: string): T | undefined {
    const known = this.known.get(text)
    return known === undefined ? this.learn(text) : known
  }

  private learn(text: string): T | undefined {
    if (text.length > MAX_LENGTH) return this.work(text)
    // A copy: a part of a longer text would keep all of that in memory.
    const own = ` ${text}`.slice(1)
    const made = this.work(own)
    if (made === undefined) return undefined
    if (this.known.size >= MAX_KNOWN) this.known.clear()
    this.known.set(own, made)
    return made
  }
}
