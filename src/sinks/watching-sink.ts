/** A sink that looks at transactions while they pass and keeps nothing for later: of all else it takes no notice. */
import type { Sink, TransactionRecord } from './sink.js'

export abstract class WatchingSink implements Sink {
  abstract readonly target: string
  abstract transaction(record: TransactionRecord): void

  begin(..._schemas: Parameters<Sink['begin']>): void {}
  flow(..._flow: Parameters<Sink['flow']>): void {}
  row(..._row: Parameters<Sink['row']>): void {}
  drain(): undefined {}
  async end(): Promise<void> {}
  abort(): void {}
}
