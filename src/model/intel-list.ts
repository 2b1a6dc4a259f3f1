/** What was read of a list of indicators, for whoever records or shows it. */
export interface IntelList {
  /** File name without folder: what findings name. */
  readonly name: string
  readonly sha256: string
  readonly indicators: number
  /** Said twice by the list. */
  readonly repeated: number
  /** Revoked, or not for detection, as the list says. */
  readonly withdrawn: number
  readonly not_understood: number
  /** Over what is held at once. */
  readonly left_out: number
}
