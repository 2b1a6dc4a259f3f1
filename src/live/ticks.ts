/** Work to be done at regular wall-clock times, between blocks of packets and while waiting for them, never inside one. */

export class Ticks {
  private next: number
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly everyMs: number) {
    this.next = performance.now() + everyMs
  }

  /** Does the work when its time has come. */
  look(work: () => void): void {
    const now = performance.now()
    if (now < this.next) return
    this.next = now + this.everyMs
    work()
  }

  /** Waits for an answer and works meanwhile. */
  async during<T>(answer: Promise<T>, work: () => void): Promise<T> {
    const waiting = answer.then((value) => ({ value }))
    try {
      for (;;) {
        const got = await Promise.race([waiting, this.wait()])
        if (got !== undefined) return got.value
        this.look(work)
      }
    } finally {
      clearTimeout(this.timer)
    }
  }

  private wait(): Promise<undefined> {
    clearTimeout(this.timer)
    return new Promise((done) => {
      this.timer = setTimeout(() => done(undefined), Math.max(0, this.next - performance.now()) + 1)
    })
  }
}
