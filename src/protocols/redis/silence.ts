/** CLIENT REPLY: OFF until ON, or SKIP for the next command. Which commands nobody answers. */
import type { Command } from './messages.js'

export class Silence {
  private off = false
  private skipNext = false

  /** @returns whether no reply comes to the command */
  covers({ name, args }: Command): boolean {
    const sub = name === 'CLIENT' && args?.[0]?.toUpperCase() === 'REPLY' ? args[1]?.toUpperCase() : undefined
    if (sub === 'ON' || name === 'RESET') {
      this.off = false
      this.skipNext = false
      return false
    }
    let silent = this.off || this.skipNext
    if (silent) this.skipNext = false
    if (sub === 'OFF') {
      silent = true
      this.off = true
    } else if (sub === 'SKIP' && !this.off) {
      silent = true
      this.skipNext = true
    }
    return silent
  }

  /** The server speaks: whatever silenced it has ended, or never began. */
  broken(): void {
    this.off = false
  }

  /** Commands were lost, CLIENT REPLY perhaps. */
  unknown(): void {
    this.off = false
    this.skipNext = false
  }
}
