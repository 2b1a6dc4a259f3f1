/** What the exit code says; declared once, for the commands, their help and the docs. */
export const exitCodes = {
  done: 0,
  /** The answer is no: a check failed. */
  no: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** No packet usable from any input. */
  nothingUsable: 3,
  /** Done, but some input was damaged, cut, unreadable or lossy; what could be read is kept. */
  damaged: 4,
  /** A bug of ours. */
  bug: 70,
  /** A query's time limit. */
  timeLimit: 124,
  /** Ctrl-C; what was decoded is committed. */
  interrupted: 130,
  /** SIGTERM; what was decoded is committed. */
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
