/** How much colour a stream gets: the user's word first, then what the stream is. */

export interface ColorWishes {
  /** --no-color */
  readonly noColor: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTty: boolean
}

/** 0 none, 1 sixteen colours, 2 of 256, 3 true colour: chalk's levels. chalk itself does not know NO_COLOR. */
export function colorLevel({ noColor, env, isTty }: ColorWishes): number {
  if (noColor) return 0
  // no-color.org: present and not empty, whatever its value. force-color.org gives way to it.
  if (env.NO_COLOR) return 0
  const force = env.FORCE_COLOR
  if (force !== undefined && force !== '') {
    if (force === 'false' || force === '0') return 0
    return force === '2' ? 2 : force === '3' ? 3 : 1
  }
  if (!isTty || env.TERM === 'dumb') return 0
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 3
  return env.TERM?.includes('256') ? 2 : 1
}
