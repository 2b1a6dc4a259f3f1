/**
 * What every protocol must hold, as checks over its own samples: the same conversation gives the same rows however its bytes
 * are packetised; loss, cuts and noise never break a run; everything it declares is documented.
 */
import type { AnyProtocol } from '../protocols/protocol.js'
import { protocols as registry } from '../protocols/registry.js'
import { jsonText } from '../schema/json-text.js'
import { checked } from './checked.js'
import type { MemorySink } from './memory-sink.js'
import { flipped, type LoadedCapture, load, recut, save, snapped, swapped, tcpPayload, twice, without } from './mutate.js'
import { run } from './run.js'
import { takenFromStrangers } from './strangers.js'

export interface Check {
  /** A sentence's end: "<protocol> ...". */
  readonly name: string
  /** What does not hold, one sentence each; empty when all is well. Throws what a parser throws. */
  run(): Promise<string[]>
}

/** Variants tried of one capture: fewer of a large one, so that a suite stays within minutes. */
const variants = (frames: number): number => Math.max(6, Math.min(25, Math.floor(4000 / frames)))
/** Segment sizes whose pieces stay within what a test should chew. */
const sizesFor = (payload: number): number[] => [1, 2, 3, 7, 16, 61, 536].filter((size) => payload / size <= 20_000)
const COMPLETE = /^(complete|no-response|orphan-response|truncated|lost)$/
const SENTENCE = /^\S.*[.]$/s

/** Checks of the declaration: names, sentences, examples. */
export function declarationChecks(protocol: AnyProtocol): Check {
  return {
    name: 'documents every field, option and anomaly in one sentence, and shows an example',
    async run() {
      const problems: string[] = []
      const need = (holds: boolean, problem: string) => {
        if (!holds) problems.push(problem)
      }
      for (const [column, field] of Object.entries(protocol.fields as Record<string, { doc: string; example: unknown }>)) {
        need(/^[a-z][a-z0-9_]*$/.test(column), `column "${column}": want lower case letters, digits and _`)
        need(SENTENCE.test(field.doc), `column "${column}": its doc is no sentence: ${field.doc}`)
        need(field.example !== undefined, `column "${column}" has no example`)
      }
      for (const [option, { doc }] of Object.entries(protocol.options as Record<string, { doc: string }>))
        need(SENTENCE.test(doc), `option "${option}": its doc is no sentence: ${doc}`)
      for (const [code, doc] of Object.entries(protocol.anomalies)) {
        need(new RegExp(`^${protocol.name}\\.[a-z0-9-]+$`).test(code), `anomaly "${code}": want ${protocol.name}.<what>`)
        need(SENTENCE.test(doc), `anomaly "${code}": its text is no sentence: ${doc}`)
      }
      need(SENTENCE.test(protocol.doc), `its doc is no sentence: ${protocol.doc}`)
      return problems
    },
  }
}

/** Each probe is asked of every conversation: it must know its own and leave the rest. */
export const probeCheck = (protocol: AnyProtocol): Check => ({
  name: 'leaves alone what other protocols say',
  run: async () => takenFromStrangers(protocol),
})

/** Where two lists of rows differ first, or undefined. */
function difference(label: string, got: readonly unknown[], want: readonly unknown[]): string[] {
  const length = Math.max(got.length, want.length)
  for (let i = 0; i < length; i++) {
    const [a, b] = [i < got.length ? jsonText(got[i]) : 'no row', i < want.length ? jsonText(want[i]) : 'no row']
    if (a !== b) return [`${label}: row ${i + 1} of ${got.length} (${want.length} were wanted)\n  got  ${a}\n  want ${b}`]
  }
  return []
}

/**
 * Checks over one capture that holds the protocol.
 * @param protocols all that are asked, the one in question among them
 */
export function captureChecks(protocol: AnyProtocol, path: string, protocols: readonly AnyProtocol[]): Check[] {
  const { name } = protocol
  const runOn = (one: string | Buffer, readSize?: number) => run([one], { protocols, ...(readSize === undefined ? {} : { readSize }) })
  const meaning = async (capture: LoadedCapture) => (await runOn(save(capture))).sink.meaning(name)
  const steps = (capture: LoadedCapture) => Math.max(1, Math.floor(capture.frames.length / variants(capture.frames.length)))
  const tcpRows = (sink: MemorySink) =>
    sink.records
      .filter((record) => record.schema.name === name && record.flow.transport === 'tcp')
      // Segments of two connections may change places as well: in which order their rows are given is the packets' affair.
      .sort((a, b) => a.flow.client.port - b.flow.client.port)
      .map((record) => record.tx.row)
  return [
    {
      name: 'gives the same rows however the bytes are cut into segments',
      async run() {
        const capture = await load(path)
        const whole = await meaning(capture)
        const payload = capture.frames.reduce((all, one) => all + one.data.length, 0)
        const problems: string[] = []
        for (const size of sizesFor(payload))
          problems.push(...difference(`in segments of ${size}`, await meaning(recut(capture, size)), whole))
        return problems
      },
    },
    {
      name: 'gives the same rows from any read size, with the same packets and times',
      async run() {
        const whole = (await runOn(path)).sink.records
        const problems: string[] = []
        for (const readSize of [100, 65_537])
          problems.push(...difference(`read by ${readSize}`, (await runOn(path, readSize)).sink.records, whole))
        return problems
      },
    },
    {
      name: 'gives the same rows when segments are sent twice or swapped',
      async run() {
        if (!protocol.transports.includes('tcp')) return []
        const capture = await load(path)
        const whole = tcpRows((await runOn(save(capture))).sink)
        const problems = difference('sent twice', tcpRows((await runOn(save(twice(capture)))).sink), whole)
        const small = recut(capture, 97)
        for (const from of [0, 1])
          problems.push(...difference(`swapped from ${from}`, tcpRows((await runOn(save(swapped(small, from)))).sink), whole))
        return problems
      },
    },
    {
      name: 'survives the loss of any packet, and says so where bytes are missing',
      async run() {
        const capture = await load(path)
        const problems: string[] = []
        const payload = (sink: MemorySink) =>
          sink.flows.reduce((all, { row }) => all + Number(row.client_payload_bytes) + Number(row.server_payload_bytes), 0)
        const whole = payload((await runOn(save(capture))).sink)
        for (let i = 0; i < capture.frames.length; i += steps(capture)) {
          const { sink, result } = await runOn(save(without(capture, i)))
          for (const { tx } of sink.records) if (!COMPLETE.test(tx.complete)) problems.push(`complete is "${tx.complete}"`)
          // The flow is as long as before although a segment is gone: what it carried must be counted as lost.
          const lost = result.coverage.reduce((all, row) => all + Number(row.lost_bytes), 0)
          if (tcpPayload(capture, capture.frames[i]!) && payload(sink) === whole && lost === 0)
            problems.push(`without packet ${i + 1} no byte counts as lost`)
        }
        return problems
      },
    },
    {
      name: 'survives any end of file',
      async run() {
        const capture = await load(path)
        for (let i = 0; i < capture.frames.length; i += steps(capture))
          await runOn(save({ ...capture, frames: capture.frames.slice(0, i) }))
        return []
      },
    },
    {
      name: 'survives short snaplens and noise',
      async run() {
        const capture = await load(path)
        for (const snaplen of [14, 34, 54, 66, 70, 96, 200]) await runOn(save(snapped(capture, snaplen)))
        for (let seed = 1; seed <= variants(capture.frames.length); seed++) await runOn(save(flipped(capture, seed)))
        return []
      },
    },
  ]
}

/** What a protocol reads alone it must read where the others are asked as well, before it. */
export const companyCheck = (protocol: AnyProtocol, path: string, others: readonly AnyProtocol[]): Check => ({
  name: 'gives the same rows beside other protocols',
  async run() {
    const rowsWith = async (protocols: readonly AnyProtocol[]) => (await run([path], { protocols })).sink.meaning(protocol.name)
    const company = [...others.filter(({ name }) => name !== protocol.name), protocol]
    return difference('beside other protocols', await rowsWith(company), await rowsWith([protocol]))
  },
})

/** How many transactions of the protocol a capture holds. */
export const transactionsIn = async (protocol: AnyProtocol, path: string, protocols: readonly AnyProtocol[]): Promise<number> =>
  (await run([path], { protocols })).sink.meaning(protocol.name).length

/**
 * All checks of a protocol over its samples; what does not hold, one sentence each.
 * @param others protocols that it must live beside: ours, unless told otherwise
 */
export async function conformance(
  given: AnyProtocol,
  captures: readonly string[],
  others: readonly AnyProtocol[] = registry,
): Promise<string[]> {
  const protocol = checked(given)
  // Alone first: where another protocol waits for more bytes, a probe that gives up too soon is asked again and looks well.
  const alone = [protocol]
  const problems: string[] = []
  const take = async (where: string, check: Check): Promise<boolean> => {
    try {
      problems.push(...(await check.run()).map((problem) => `${where}: ${problem}`))
      return true
    } catch (error) {
      problems.push(`${where}: ${check.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return false
    }
  }
  for (const check of [declarationChecks(protocol), probeCheck(protocol)]) await take(protocol.name, check)
  let rows = 0
  for (const path of captures) {
    const count: Check = {
      name: 'can be read as it is',
      run: async () => {
        rows += await transactionsIn(protocol, path, alone)
        return []
      },
    }
    // What fails as it is would fail in every variant, with the same words.
    if (!(await take(path, count))) continue
    for (const check of [...captureChecks(protocol, path, alone), companyCheck(protocol, path, others)]) await take(path, check)
  }
  if (rows === 0 && problems.length === 0) problems.push(`${protocol.name}: none of its samples holds a transaction`)
  return problems
}
