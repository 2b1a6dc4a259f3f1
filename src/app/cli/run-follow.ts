/** `audit follow` between its flags and `followFlow`: how pieces are written, and no faster than they are read. */
import { once } from 'node:events'
import { type ConversationFormat, type ConversationWriter, conversationWriter } from '../../report/conversation-text.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { followFlow } from '../follow.js'
import { Interruption } from './interruption.js'

export interface FollowFlags {
  readonly format?: string | undefined
  readonly hex?: boolean
  readonly side?: string | undefined
  readonly captures?: readonly string[] | undefined
}

export async function runFollow(path: string, flow: string, flags: FollowFlags): Promise<number> {
  const format: ConversationFormat = flags.hex ? 'hex' : ((flags.format as ConversationFormat | undefined) ?? 'text')
  const interruption = new Interruption(true)
  const { stdout } = process
  let writer: ConversationWriter | undefined
  let full: Promise<unknown> | undefined
  const put = (text: string): void => {
    if (text !== '' && !stdout.write(text))
      full ??= once(stdout, 'drain', { signal: interruption.signal }).catch(() => {
        // A reader that left, or a signal: the next look at it ends the run.
      })
  }
  try {
    const code = await followFlow({
      path,
      flow,
      captures: flags.captures ?? [],
      signal: interruption.signal,
      warn: (message) => process.stderr.write(`audit: ${sanitize(message)}\n`),
      begin(ends) {
        writer = conversationWriter(format, ends)
      },
      take(piece) {
        if (flags.side === undefined || flags.side === piece.side) put(writer!.piece(piece))
      },
      async between() {
        await full
        full = undefined
      },
    })
    put(writer!.end())
    await full
    return interruption.readerLeft ? exitCodes.done : (interruption.exitCode ?? code)
  } catch (error) {
    if (interruption.readerLeft) return exitCodes.done
    if (interruption.exitCode !== undefined) return interruption.exitCode
    throw error
  } finally {
    interruption.dispose()
  }
}
