/** Open cursors of all servers of a run: drivers read on with getMore, often on another connection of their pool. */
export interface Opened {
  readonly flow: string
  readonly requestId: number | undefined
  readonly query: string | undefined
  readonly resource: string | undefined
}

/** Cursors remembered: more than a server lets its clients leave open. The oldest goes first. */
const MAX_CURSORS = 8192
const MAX_QUERY = 512

export class Cursors {
  private readonly open = new Map<string, Opened>()

  opened(server: string, id: bigint, by: Opened): void {
    if (this.open.size >= MAX_CURSORS) this.open.delete(this.open.keys().next().value!)
    const query = by.query !== undefined && by.query.length > MAX_QUERY ? `${by.query.slice(0, MAX_QUERY)}...` : by.query
    this.open.set(`${server}/${id}`, { ...by, query })
  }

  of(server: string, id: string): Opened | undefined {
    return this.open.get(`${server}/${id}`)
  }

  closed(server: string, id: string): void {
    this.open.delete(`${server}/${id}`)
  }
}
