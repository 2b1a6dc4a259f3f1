/** A program on a real pseudo-terminal, which Python makes: what is typed goes in, what the screen gets comes out. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

/** Opens a terminal of 24 rows and 100 columns, runs the arguments in it, relays both directions, ends with the program's exit code. */
const RELAY = `
import fcntl, os, pty, select, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
sources = [0, fd]
while True:
    for ready in select.select(sources, [], [])[0]:
        try:
            data = os.read(ready, 65536)
        except OSError:
            data = b''
        if ready == 0:
            if data: os.write(fd, data)
            else: sources.remove(0)
        elif data:
            os.write(1, data)
        else:
            status = os.waitpid(pid, 0)[1]
            sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`

/** Why there is no terminal here; undefined where there is. */
export const noTerminal: string | undefined =
  process.platform === 'win32'
    ? 'no pseudo-terminals on Windows'
    : spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0
      ? undefined
      : 'python3 is missing, which makes the pseudo-terminal'

/** Longest wait for what must come; the machine may be busy. */
const PATIENCE_MS = 20_000

export class Terminal {
  private text = ''
  private seen = 0
  private wake: (() => void) | undefined
  private readonly child: ChildProcess
  readonly ended: Promise<number | null>

  constructor(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    const { PATH, HOME } = process.env
    this.child = spawn('python3', ['-c', RELAY, command, ...args], { cwd, env: { PATH, HOME, TERM: 'xterm', ...env } })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.text += text
      this.wake?.()
    })
    this.ended = new Promise((done) => this.child.on('close', done))
  }

  type(keys: string): void {
    this.child.stdin!.write(keys)
  }

  /** Waits until the screen has got this after what was waited for before; answers what came until then. */
  async until(wanted: string | RegExp): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const fresh = this.text.slice(this.seen)
      const at = typeof wanted === 'string' ? fresh.indexOf(wanted) : fresh.search(wanted)
      if (at >= 0) {
        const length = typeof wanted === 'string' ? wanted.length : wanted.exec(fresh)![0].length
        this.seen += at + length
        return fresh.slice(0, at + length)
      }
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`the terminal did not show ${String(wanted)}; it showed ${JSON.stringify(fresh)}`)
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left)
        this.wake = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
  }

  /** All that the screen got. */
  get all(): string {
    return this.text
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}
