/** What the session and its thread that looks for processes say to each other. */
import type { Endpoint, ProcessFacts } from '../model/flow-view.js'
import type { Monitored } from './process-finder.js'

export interface ProcessOrder {
  readonly monitored: readonly Monitored[]
  readonly withArgs: boolean
}

/** A flow to be looked at; either end may be of this host. */
export interface FlowQuestion {
  readonly flow: string
  readonly transport: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  /** First packet, milliseconds since 1970. */
  readonly firstMs: number
}

export interface ProcessAnswer {
  readonly flow: string
  readonly end: Endpoint
  readonly process: ProcessFacts
  readonly holders: number
  /** When the tables were read, milliseconds since 1970. */
  readonly atMs: number
}

export type FromFinder =
  | { readonly kind: 'answers'; readonly answers: readonly ProcessAnswer[]; readonly done: number }
  /** Why some are not found; each is told once. */
  | { readonly kind: 'limit'; readonly message: string }

export type ToFinder = { readonly kind: 'ask'; readonly questions: readonly FlowQuestion[] }
