import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { followFlow } from '../../src/app/follow.js'
import type { ConversationPiece } from '../../src/model/conversation-piece.js'
import { type ConversationFormat, conversationWriter } from '../../src/report/conversation-text.js'
import { frame, pcap, tcpFrame, udpFrame } from '../support/captures.js'
import { caseOf, newFolder, rowsOf, tsharkFields } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')

async function followed(path: string, flow: string, format: ConversationFormat = 'text') {
  const pieces: ConversationPiece[] = []
  let text = ''
  let writer: ReturnType<typeof conversationWriter> | undefined
  const said: string[] = []
  const code = await followFlow({
    path,
    flow,
    begin(ends) {
      writer = conversationWriter(format, ends)
    },
    take(piece) {
      pieces.push(piece.kind === 'data' ? { ...piece, bytes: Buffer.from(piece.bytes) } : piece)
      text += writer!.piece(piece)
    },
    warn: (message) => said.push(message),
  })
  return { pieces, text: text + writer!.end(), code, said }
}

const ends = { src: '192.0.2.7', dst: '192.0.2.80', srcPort: 41_000, dstPort: 8000 }
const back = { src: '192.0.2.80', dst: '192.0.2.7', srcPort: 8000, dstPort: 41_000 }
const caseWith = async (...frames: Uint8Array[]): Promise<string> => {
  const folder = newFolder()
  writeFileSync(join(folder, 'a.pcap'), pcap(frames.map((data, i) => frame(data, 1_000_000_000, i * 1000))))
  return caseOf(join(folder, 'case.sqlite'), [join(folder, 'a.pcap')])
}
const opened = [
  tcpFrame({ ...ends, flags: 'S', seq: 9 }),
  tcpFrame({ ...back, flags: 'SA', seq: 99, ack: 10 }),
  tcpFrame({ ...ends, flags: 'A', seq: 10, ack: 100 }),
]

test('both sides in order, whatever order they came in', async () => {
  const path = await caseWith(
    ...opened,
    tcpFrame({ ...ends, flags: 'PA', seq: 13, ack: 100 }, 'lo\r\n'),
    tcpFrame({ ...ends, flags: 'PA', seq: 10, ack: 100 }, 'hel'),
    tcpFrame({ ...ends, flags: 'PA', seq: 10, ack: 100 }, 'hel'),
    tcpFrame({ ...back, flags: 'PA', seq: 100, ack: 17 }, 'welcome'),
  )
  const { text, pieces, code } = await followed(path, '1')
  expect(code).toBe(0)
  expect(text).toBe(
    [
      '>>> client 192.0.2.7:41000  2001-09-09T01:46:40.000004000Z  capture 1 frame 5',
      '  hello',
      '<<< server 192.0.2.80:8000  2001-09-09T01:46:40.000006000Z  capture 1 frame 7',
      '  welcome',
      '',
    ].join('\n'),
  )
  expect(pieces.map(({ offset }) => offset)).toEqual([0, 3, 0])
})

test('what a terminal would obey is shown, and nobody can say who speaks', async () => {
  const path = await caseWith(
    ...opened,
    tcpFrame({ ...ends, flags: 'PA', seq: 10, ack: 100 }, '\x1b[2Jx\n<<< server 192.0.2.80:8000  I did it\n\x9b1m\xff'),
  )
  const { text } = await followed(path, '1')
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  expect(text.split('\n').filter((line) => line.startsWith('<<<'))).toEqual([])
  for (const format of ['hex', 'ndjson'] as const)
    expect((await followed(path, '1', format)).text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
})

test('what is missing is said', async () => {
  const path = await caseWith(
    ...opened,
    tcpFrame({ ...ends, flags: 'PA', seq: 10, ack: 100 }, 'one'),
    tcpFrame({ ...ends, flags: 'PA', seq: 113, ack: 100 }, 'two'),
  )
  expect((await followed(path, '1')).text).toContain('  one\n*** 100 bytes of the client were not captured\n>>> client')
})

test('datagrams, and hex with offsets', async () => {
  const path = await caseWith(udpFrame({ ...ends }, '0123456789abcdefX'), udpFrame({ ...back }, '\x00\x01'))
  const { text } = await followed(path, '1', 'hex')
  expect(text.split('\n').slice(1, 3)).toEqual([
    '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
    `00000010  58${' '.repeat(45)}  X`,
  ])
  expect(text).toContain(`00000000  00 01${' '.repeat(42)}  ..\n`)
})

test.runIf(tsharkFields).each(['smtp.pcap', 'http/get.pcap', 'pgsql/simple.pcap', 'containers/ring.pcap'])(
  'the bytes of %s are those that tshark sees',
  async (name) => {
    const path = await caseOf(join(newFolder(), 'case.sqlite'), [join(samples, name)])
    const [flow] = rowsOf(path, "SELECT * FROM flow WHERE transport = 'tcp' ORDER BY id LIMIT 1")
    const { pieces } = await followed(path, String(flow!.flow))
    const stream = tsharkFields!(join(samples, name), 'tcp.srcport', 'tcp.dstport', 'tcp.payload').map((line) => line.split('\t'))
    for (const side of ['client', 'server'] as const) {
      const [own, other] = side === 'client' ? [flow!.client_port, flow!.server_port] : [flow!.server_port, flow!.client_port]
      const seen = stream.filter(([src, dst]) => src === String(own) && dst === String(other)).map(([, , hex]) => hex ?? '')
      const ours = pieces.flatMap((piece) => (piece.kind === 'data' && piece.side === side ? [piece.bytes.toString('hex')] : []))
      expect(ours.join('')).toBe(seen.join(''))
    }
  },
)
