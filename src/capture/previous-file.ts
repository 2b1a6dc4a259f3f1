/** How a file of a ring names the one before it: in a comment of its section. */

const COMMENT = /^previous file: ([^/\\]{1,255}) sha256 [0-9a-f]{64}$/

export const previousFileComment = (name: string, sha256: string): string => `previous file: ${name} sha256 ${sha256}`

/**
 * The name, in the same folder; undefined where none is named.
 * @param comments of a capture; those of frame 0 are of its section
 */
export function previousFile(comments: readonly { readonly frame: number; readonly text: string }[]): string | undefined {
  const first = comments.find(({ frame }) => frame === 0)
  return first && COMMENT.exec(first.text)?.[1]
}
