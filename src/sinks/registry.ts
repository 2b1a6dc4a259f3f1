/** From what `-o` names to the sink that writes it. A new kind of sink is one line here. */
import { openNdjson } from './ndjson/ndjson-sink.js'
import type { SealSigner, Sink } from './sink.js'
import { openCase } from './sqlite/case-sink.js'

export interface SinkOptions {
  /** What is given is to be seen while the run goes on. */
  readonly live?: boolean
  /** Signs what seals a case. */
  readonly sign?: SealSigner | undefined
}

export interface SinkKind {
  readonly name: string
  /** One sentence for the help page. */
  readonly doc: string
  readonly takes: (target: string) => boolean
  readonly open: (target: string, options: SinkOptions) => Sink
}

export const sinkKinds: readonly SinkKind[] = [
  {
    name: 'ndjson',
    doc: 'One JSON document a line; - is standard output.',
    takes: (t) => t === '-' || /\.(ndjson|jsonl)$/i.test(t),
    open: (t) => openNdjson(t),
  },
  { name: 'case', doc: 'A case: one SQLite file.', takes: () => true, open: (t, options) => openCase(t, options) },
]

export const openSink = (target: string, options: SinkOptions = {}): Sink =>
  sinkKinds.find((kind) => kind.takes(target))!.open(target, options)
