/** What the parsers of a connection and its correlator know of each other. */
export interface Dialogue {
  /** A set may be the login of the text protocol: it is the first command, or the server asked for one. */
  maybeLogin: () => boolean
  /** One side was seen to speak binary. */
  binary: boolean
}
