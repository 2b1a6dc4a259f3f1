/** MULTI, the commands queued behind it, and the array that EXEC answers with. */
import type { Trace } from '../../model/trace.js'
import type { Reply } from './messages.js'
import type { Pending } from './pending.js'

/** What EXEC's array is handed out to, element by element. */
export class Execution {
  readonly pieces: string[] = []
  index = 0
  /** The whole of it: its head and each element. */
  readonly trace: Trace
  nested = 0
  nestedError: string | undefined
  private size = 0

  constructor(
    readonly exec: Pending,
    readonly head: Reply,
    at: Trace,
    readonly queued: readonly Pending[],
    private readonly limit: number,
  ) {
    this.trace = at.copy()
  }

  take(element: Reply, at: Trace): Pending | undefined {
    this.trace.extend(at)
    if (element.type === 'error') {
      this.nested++
      this.nestedError ??= element.text
    } else this.nested += element.nested
    this.nestedError ??= element.nestedError
    if (this.size < this.limit) this.pieces.push(element.text)
    else this.head.shortened = true
    this.size += element.text.length + 2
    return this.queued[this.index++]
  }

  /** The array as one reply. */
  whole(): Reply {
    const { head } = this
    head.text = `[${this.pieces.join(', ')}]`
    head.nested = this.nested
    head.nestedError = this.nestedError
    return head
  }
}
