import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CarriedFile } from '../../src/app/file-examiner.js'
import { carriedFiles, type FilesOptions } from '../../src/app/files.js'
import { EvidenceRefused } from '../../src/app/found-captures.js'
import { NothingUsable } from '../../src/app/nothing-usable.js'
import { UserError } from '../../src/model/user-error.js'
import { caseOf, edit, newFolder } from '../support/case.js'
import { hasCommand } from '../support/commands.js'
import { got, mailed, type Said, type TalkOptions, talk, talkFile } from '../support/talk.js'

const samples = resolve(import.meta.dirname, '../../samples')
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

let folder: string
let dir: string
beforeEach(() => {
  folder = newFolder()
  dir = join(folder, 'out')
})

async function filesOf(path: string, options: Partial<FilesOptions> = {}) {
  const files: CarriedFile[] = []
  const warnings: string[] = []
  const outcome = await carriedFiles({
    path,
    version: '0',
    take: (file) => void files.push(file),
    manifest: (all) => JSON.stringify(all),
    warn: (text) => warnings.push(text),
    ...options,
  })
  return { files, outcome, warnings }
}

const made = (...captures: string[]): Promise<string> => caseOf(join(folder, 'case.sqlite'), captures)
const madeOf = (said: readonly Said[], options?: TalkOptions): Promise<string> => {
  writeFileSync(join(folder, 'a.pcap'), talkFile(talk(said, options)))
  return made(join(folder, 'a.pcap'))
}
/** Bytes of the files in `dir` by name, without manifest and sums. */
const written = (): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(dir)
      .filter((name) => name !== 'files.json' && name !== 'SHA256SUMS')
      .map((name) => [name, readFileSync(join(dir, name))]),
  )
const notesOf = (files: readonly CarriedFile[]): string => files.flatMap(({ notes }) => notes).join('\n')

describe('what the samples carried', () => {
  const sources = readdirSync(join(samples, 'http')).filter((name) => name.endsWith('.pcap'))

  test.each(sources)('http/%s: every whole body has the hash that the case says', async (name) => {
    const path = await made(join(samples, 'http', name))
    const listed = await filesOf(path)
    if (listed.files.length === 0) return
    const { files, outcome } = await filesOf(path, { extract: dir })
    expect([outcome.exitCode, outcome.written, outcome.differing]).toEqual([0, listed.files.length, 0])
    expect(files.map(({ id, part }) => [id, part])).toEqual(listed.files.map(({ id, part }) => [id, part]))
    for (const { file, bytes } of files) {
      const there = readFileSync(join(dir, file!))
      expect([there.length, sha256(there)]).toEqual([bytes!.size, bytes!.sha256])
    }
  })

  test.skipIf(!hasCommand('python3'))('the files that server and client held came over', async () => {
    const www = join(folder, 'www')
    mkdirSync(www)
    execFileSync('python3', [join(samples, 'http/files.py'), www])
    const names = ['get', 'gzip', 'large', 'continue', 'post', 'chunked'].map((name) => join(samples, `http/${name}.pcap`))
    await filesOf(await made(...names), { extract: dir })
    const there = new Set(Object.values(written()).map(sha256))
    const missing = ['index.html', 'timetable.html', 'harbour.html', 'packing.csv', 'chart.bin', 'log.bin'].filter(
      (name) => !there.has(sha256(readFileSync(join(www, name)))),
    )
    expect(missing).toEqual([])
  })

  test('gzip, br and deflate of one page give the same bytes', async () => {
    const { files } = await filesOf(await made(join(samples, 'http/gzip.pcap')), { examine: true })
    expect(files.map(({ bytes }) => [bytes!.codings.join(), bytes!.size])).toEqual([
      ['gzip', 3449],
      ['br', 3449],
      ['deflate', 3449],
    ])
    expect(new Set(files.map(({ bytes }) => bytes!.sha256)).size).toBe(1)
    expect(files.every(({ bytes }) => bytes!.transferredSize < 1000 && bytes!.type === 'text/html')).toBe(true)
  })

  test('a mail, its files as they were attached, and the mail in it', async () => {
    const { files, outcome } = await filesOf(await made(join(samples, 'smtp/attachment.pcap')), { extract: dir })
    expect(outcome).toMatchObject({ exitCode: 0, written: 6 })
    const all = Object.fromEntries(files.map(({ part, file }) => [part, readFileSync(join(dir, file!))]))
    expect(all['3']!.toString()).toBe('item;pieces\nlantern, brass;24\nwick, spare;48\noil, litre;12\n'.replaceAll('\n', '\r\n'))
    expect(all['4']).toEqual(Buffer.from('000102'.repeat(40), 'hex'))
    expect(all['2']!.toString('latin1')).toContain('Invoice 2026-0317: 24 lanterns')
    expect(all['5']!.toString()).toContain('What does the lamp look like?')
    expect(all.message!.toString()).toContain('Content-Type: multipart/mixed')
    expect(files.map(({ bytes }) => bytes!.type)).toContain('image/png')
    expect(files.map(({ name }) => name)).toContain('Rechnung für März.pdf')
  })

  test('the same case gives the same names, bytes and manifest', async () => {
    const path = await made(join(samples, 'smtp/attachment.pcap'), join(samples, 'http/post.pcap'))
    const listing: string[][] = []
    for (const name of ['one', 'two']) {
      dir = join(folder, name)
      await filesOf(path, { extract: dir })
      listing.push(readdirSync(dir).map((file) => `${file} ${sha256(readFileSync(join(dir, file)))}`))
    }
    expect(listing[1]).toEqual(listing[0])
  })
})

describe('codings', () => {
  test('zstd, of which the case has the hash as it was sent', async () => {
    const [packed, plain] = ['micro.pcap.zst', 'micro.pcap'].map((name) => readFileSync(join(samples, 'containers', name)))
    const path = await madeOf(got('/x', packed!, 'Content-Encoding: zstd\r\n'))
    const { files, outcome } = await filesOf(path, { extract: dir })
    expect([Object.values(written()), outcome.exitCode]).toEqual([[plain], 0])
    expect(files[0]).toMatchObject({
      hashOfEncoded: true,
      bytes: { transferredSha256: sha256(packed!), type: 'application/vnd.tcpdump.pcap' },
    })
  })

  test('more compressed bytes than an analysis keeps for its hash, through a file', async () => {
    const plain = randomBytes(1_500_000)
    const { files, outcome } = await filesOf(await madeOf(got('/x', gzipSync(plain), 'Content-Encoding: gzip\r\n')), { extract: dir })
    expect([sha256(Object.values(written())[0]!), outcome.exitCode]).toEqual([sha256(plain), 0])
    expect(files[0]).toMatchObject({ hashOfEncoded: true, notes: [] })
    expect(readdirSync(dir)).toHaveLength(3)
  })

  test('a compressed request, and one coding over another', async () => {
    const body = gzipSync(deflateRawSync('twice'))
    const said: Said[] = [
      ['client', `PUT /up HTTP/1.1\r\nHost: a\r\nContent-Encoding: deflate, gzip\r\nContent-Length: ${body.length}\r\n\r\n`],
      ['client', body],
      ['server', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ]
    await filesOf(await madeOf(said), { extract: dir })
    expect(Object.values(written()).map(String)).toEqual(['twice'])
  })
})

describe('choosing', () => {
  const path = () => made(join(samples, 'smtp/attachment.pcap'), join(samples, 'http/large.pcap'))
  const names = async (options: Partial<FilesOptions>) => (await filesOf(await path(), options)).files.map(({ name }) => name)

  test.each<[Partial<FilesOptions>, (string | undefined)[]]>([
    [{ name: '*.PDF' }, ['Rechnung für März.pdf']],
    [{ protocols: ['http'] }, ['chart.bin', 'log.bin']],
    [{ minSize: 100_000 }, ['chart.bin']],
    [{ type: 'image/*' }, ['lamp.png']],
    [{ type: 'image/*', examine: true }, ['lamp.png']],
    [{ sha256: '158daf0a70fa831ddc74a03ad77b72d43c50237f68ada1a83895785308899752' }, ['chart.bin']],
    [{ sha256: '158daf0a70fa831ddc74a03ad77b72d43c50237f68ada1a83895785308899752', examine: true }, ['chart.bin']],
  ])('%j', async (options, expected) => {
    expect(await names(options)).toEqual(expected)
  })

  test('by transaction; one that is not there is said', async () => {
    const [file] = (await filesOf(await path(), { name: 'log.bin' })).files
    expect(await names({ transactions: [file!.tx] })).toEqual(['log.bin'])
    await expect(filesOf(await path(), { transactions: ['99'] })).rejects.toThrow(UserError)
  })

  test('a type that only the bytes tell', async () => {
    const exe = Buffer.alloc(0x100)
    exe.write('MZ')
    exe.writeUInt32LE(0x80, 0x3c)
    exe.write('PE\0\0', 0x80)
    const path = await madeOf(got('/cat.jpg', exe, 'Content-Type: image/jpeg\r\n'))
    expect((await filesOf(path, { type: '*executable' })).files).toEqual([])
    expect((await filesOf(path, { type: '*executable', examine: true })).files.map(({ name }) => name)).toEqual(['cat.jpg'])
  })

  test('nothing to extract is exit code 3, and no folder', async () => {
    await expect(filesOf(await path(), { name: 'nothing', extract: dir })).rejects.toThrow(NothingUsable)
    expect(existsSync(dir)).toBe(false)
  })

  test('the list needs no captures', async () => {
    const kase = await madeOf(got('/a.txt', 'hello'))
    renameSync(join(folder, 'a.pcap'), join(folder, 'gone'))
    expect((await filesOf(kase)).files).toMatchObject([
      { name: 'a.txt', size: 5, hashes: { sha256: sha256('hello') }, complete: 'complete' },
    ])
    await expect(filesOf(kase, { extract: dir })).rejects.toThrow(/not where it was/)
    expect(existsSync(dir)).toBe(false)
  })
})

describe('bytes that are missing', () => {
  const body = Buffer.from('0123456789'.repeat(1000))

  test('lost in the middle: zeros in their place', async () => {
    const { files, outcome } = await filesOf(await madeOf(got('/a', body), { lose: (n) => n === 3 }), { extract: dir })
    expect(files).toMatchObject([{ complete: 'lost', bytes: { size: 10_000, missing: 1400 } }])
    expect(outcome).toMatchObject({ incomplete: 1, exitCode: 0 })
    const [there] = Object.values(written())
    const { offset } = files[0]!.bytes!.holes[0]!
    expect(there).toEqual(Buffer.concat([body.subarray(0, offset), Buffer.alloc(1400), body.subarray(offset + 1400)]))
    expect(notesOf(files)).toContain('zeros stand in their place')
  })

  test('the end is not there', async () => {
    const { files } = await filesOf(await madeOf(got('/a', body), { lose: (n) => n > 3, open: true }), { extract: dir })
    expect(files).toMatchObject([{ complete: 'truncated', bytes: { size: Object.values(written())[0]!.length } }])
    expect(body.subarray(0, files[0]!.bytes!.size)).toEqual(Object.values(written())[0])
  })

  test('a compressed body that is cut is decoded as far as it goes, one with a hole is not', async () => {
    const noise = randomBytes(6000).toString('hex')
    const packed = gzipSync(noise)
    const cut = await filesOf(await madeOf(got('/a', packed, 'Content-Encoding: gzip\r\n'), { lose: (n) => n > 3, open: true }), {
      examine: true,
    })
    expect(cut.files[0]!.bytes).toMatchObject({ codings: ['gzip'] })
    expect(cut.files[0]!.bytes!.size).toBeGreaterThan(2000)
    folder = newFolder()
    const holed = await filesOf(await madeOf(got('/a', packed, 'Content-Encoding: gzip\r\n'), { lose: (n) => n === 3 }), { examine: true })
    expect(holed.files[0]!.bytes).toMatchObject({ codings: [], size: packed.length })
    expect(notesOf(holed.files)).toContain('not decoded (gzip): bytes of it are missing')
  })

  test('a range is a part of something', async () => {
    const [client] = got('/disk.iso', '')
    const answer: Said = ['server', 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/400\r\nContent-Length: 5\r\n\r\nhello']
    const { files } = await filesOf(await madeOf([client!, answer]), { examine: true })
    expect(files).toMatchObject([{ complete: 'partial', bytes: { range: 'bytes 5-9/400', size: 5 } }])
  })
})

describe('hostile input', () => {
  const names = [
    ...['../../etc/passwd', '/etc/cron.d/x', '..\\..\\x.exe', 'C:\\boot.ini', '.bashrc', '-rf', '..', '.', 'con', 'NUL.txt'],
    ...[
      'a\u202efdp.exe',
      'a\u0000b',
      'a\u001b[31mred',
      'x'.repeat(5000),
      `${'ü'.repeat(400)}.pdf`,
      'a\r\nb',
      '\ud800',
      ' ',
      'a/',
      'files.json',
      '.partial',
    ],
  ]

  test.each(names)('the name %j', async (name) => {
    const header = `Content-Disposition: attachment; filename*=UTF-8''${[...Buffer.from(name)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')}\r\n`
    const path = await madeOf(got('/x', 'evil', header))
    // As a case that somebody edited would have it.
    edit(path, `UPDATE tx_http SET response_filename = '${name.replaceAll("'", "''").replaceAll('\0', '')}'`)
    await filesOf(path, { extract: dir })
    const there = Object.keys(written())
    expect(there).toHaveLength(1)
    expect(there[0]).toMatch(/^[0-9a-f]{16}-response(-[^\p{C}/\\:*?"<>|]+|\.bin)$/u)
    expect(Buffer.byteLength(there[0]!)).toBeLessThan(200)
    expect(readdirSync(folder).sort()).toEqual(['a.pcap', 'case.sqlite', 'out'])
    const { mode } = statSync(join(dir, there[0]!))
    expect(mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  test('two parts of one name, one without bytes, one without name', async () => {
    const part = (disposition: string, text: string) => `--b\nContent-Type: application/x-thing\n${disposition}\n\n${text}\n`
    const message = `Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n${[
      part('Content-Disposition: attachment; filename=a.bin', 'one'),
      part('Content-Disposition: attachment; filename=a.bin', 'two'),
      part('Content-Disposition: attachment; filename=empty.bin', ''),
      part('X-Nothing: 1', 'three'),
    ].join('')}--b--\n`
    const { files, outcome } = await filesOf(await madeOf(mailed(message), { port: 25 }), { extract: dir })
    expect(outcome).toMatchObject({ exitCode: 0, written: 5 })
    const bytes = written()
    expect(files.slice(1).map(({ file }) => bytes[file!]!.toString())).toEqual(['one', 'two', '', 'three'])
  })

  test('thousands of parts and multiparts inside each other: as many as the row lists', async () => {
    const parts = 'Content-Type: x/y\nContent-Disposition: attachment; filename=a\n\nz\n--b\n'.repeat(3000)
    const many = await filesOf(await madeOf(mailed(`Content-Type: multipart/mixed; boundary=b\n\n--b\n${parts}`), { port: 25 }), {
      extract: dir,
    })
    expect(many.outcome).toMatchObject({ exitCode: 0, written: 1001 })
    folder = newFolder()
    dir = join(folder, 'out')
    let nested = 'Content-Type: multipart/mixed; boundary=b0\n\n'
    for (let i = 0; i < 200; i++) nested += `--b${i}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n\n`
    const deep = await filesOf(await madeOf(mailed(nested), { port: 25 }), { extract: dir })
    expect(deep.outcome).toMatchObject({ exitCode: 0, differing: 0 })
  })

  test('a mail with a hole: the mail and what stands behind the hole', async () => {
    const attached = `--b\nContent-Type: x/y\nContent-Disposition: attachment; filename=a\n\n${'line of text\n'.repeat(500)}`
    const said = mailed(`Content-Type: multipart/mixed; boundary=b\n\n${attached}--b--\n`)
    const { files, outcome } = await filesOf(await madeOf(said, { port: 25, lose: (n) => n === 11 }), { extract: dir })
    expect(files.map(({ part, complete }) => [part, complete])).toEqual([
      ['message', 'lost'],
      ['1', 'lost'],
    ])
    expect(files[0]!.bytes!.missing).toBe(1400)
    expect(outcome).toMatchObject({ differing: 0, notFound: 0, written: 2 })
  })

  const bomb = Buffer.alloc(64 * 2 ** 20)
  test.each([
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateRawSync(bomb)],
    ['br', brotliCompressSync(bomb)],
    ['gzip, gzip', gzipSync(gzipSync(bomb))],
  ])('a bomb of %s stays as it was sent', async (coding, body) => {
    const { files, outcome } = await filesOf(await madeOf(got('/bomb', body, `Content-Encoding: ${coding}\r\n`)), { extract: dir })
    expect(outcome.exitCode).toBe(0)
    expect(Object.values(written())).toEqual([body])
    expect(notesOf(files)).toMatch(/not decoded .*: it grows beyond \d+ bytes/)
  })

  test.each(['gzip', 'deflate', 'br', 'zstd', 'x-secret', 'gzip, gzip, gzip, gzip, gzip'])(
    'what is no %s stays as it was sent',
    async (coding) => {
      const { files } = await filesOf(await madeOf(got('/x', 'not compressed at all', `Content-Encoding: ${coding}\r\n`)), { extract: dir })
      expect(Object.values(written()).map(String)).toEqual(['not compressed at all'])
      expect(notesOf(files)).toContain('not decoded')
    },
  )

  test('caps: a file, all files', async () => {
    const said = [...got('/small', 'x'.repeat(1000)), ...got('/large', 'y'.repeat(300_000)), ...got('/last', 'z'.repeat(1000))]
    const path = await madeOf(said)
    const one = await filesOf(path, { extract: dir, maxFile: 5000 })
    expect(one.outcome).toMatchObject({ exitCode: 4, leftOut: 1, written: 2 })
    expect(notesOf(one.files)).toBe('not written: larger than --max-file')
    // What was not written is hashed all the same.
    expect(one.files[1]!.bytes!.sha256).toBe(sha256('y'.repeat(300_000)))
    dir = join(folder, 'again')
    const all = await filesOf(path, { extract: dir, maxTotal: 1500 })
    expect(all.outcome).toMatchObject({ exitCode: 4, leftOut: 2, written: 1 })
  })

  test('a decoded file beyond --max-file is written as it was sent', async () => {
    const packed = gzipSync('a'.repeat(20_000))
    const { files } = await filesOf(await madeOf(got('/x', packed, 'Content-Encoding: gzip\r\n')), { extract: dir, maxFile: 10_000 })
    expect(Object.values(written())).toEqual([packed])
    expect(notesOf(files)).toContain('it grows beyond 10000 bytes')
  })

  test('folders that are not empty, files, links, nowhere, read-only', async () => {
    const path = await madeOf(got('/x', 'x'))
    mkdirSync(join(folder, 'full'))
    writeFileSync(join(folder, 'full/mine'), 'mine')
    mkdirSync(join(folder, 'empty'))
    symlinkSync(join(folder, 'empty'), join(folder, 'link'))
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling'))
    for (const name of ['full', 'a.pcap', 'link', 'link/', 'dangling', 'no/where', 'case.sqlite'])
      await expect(filesOf(path, { extract: join(folder, name) }), name).rejects.toThrow(UserError)
    expect(readdirSync(join(folder, 'full'))).toEqual(['mine'])
    expect(readdirSync(join(folder, 'empty'))).toEqual([])
    await expect(filesOf(path, { extract: '/proc/files' })).rejects.toThrow(UserError)
    await filesOf(path, { extract: join(folder, 'empty') })
    expect(readdirSync(join(folder, 'empty'))).toHaveLength(3)
  })

  test('a changed capture is refused and nothing is written', async () => {
    const path = await madeOf(got('/x', 'x'))
    const bytes = readFileSync(join(folder, 'a.pcap'))
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(join(folder, 'a.pcap'), bytes)
    await expect(filesOf(path, { extract: dir })).rejects.toThrow(EvidenceRefused)
    expect(existsSync(dir)).toBe(false)
  })

  test('a case with another hash is told apart', async () => {
    const path = await madeOf(got('/x', 'hello'))
    edit(path, `UPDATE tx_http SET response_body_sha256 = '${'0'.repeat(64)}'`)
    const { files, outcome } = await filesOf(path, { extract: dir })
    expect(outcome).toMatchObject({ exitCode: 1, differing: 1, written: 1 })
    expect(notesOf(files)).toBe(`it has sha256 ${sha256('hello')}, and the case says ${'0'.repeat(64)}`)
  })

  test('a transaction that no packet gives again', async () => {
    const path = await madeOf(got('/x', 'hello'))
    edit(path, `UPDATE tx_http SET tx = '0123456789abcdef'`)
    expect((await filesOf(path, { extract: dir })).outcome).toMatchObject({ exitCode: 4, notFound: 1, written: 0 })
  })

  test('an interrupted run leaves nothing', async () => {
    const path = await madeOf(got('/x', 'hello'))
    const abort = new AbortController()
    abort.abort()
    await expect(filesOf(path, { extract: dir, signal: abort.signal })).rejects.toThrow()
    expect(existsSync(dir)).toBe(false)
  })
})
