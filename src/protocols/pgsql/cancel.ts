/**
 * Who holds which backend: a CancelRequest comes on a connection of its own and names the process of another. One registry a
 * run, filled in the order of packets.
 */

/** Connections remembered; the oldest go first. */
const MAX_BACKENDS = 10_000

export interface Backend {
  readonly flow: string
  readonly key: string
  user: string | undefined
  database: string | undefined
  applicationName: string | undefined
  /** Flow of the connection that asked to cancel it last. */
  cancelledBy: string | undefined
}

export class Backends {
  private readonly known = new Map<string, Backend>()

  add(server: string, pid: number, backend: Backend): void {
    const name = `${server}/${pid}`
    this.known.delete(name)
    this.known.set(name, backend)
    if (this.known.size <= MAX_BACKENDS) return
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest)
      break
    }
  }

  find(server: string, pid: number): Backend | undefined {
    return this.known.get(`${server}/${pid}`)
  }

  gone(server: string, pid: number, backend: Backend): void {
    if (this.find(server, pid) === backend) this.known.delete(`${server}/${pid}`)
  }
}
