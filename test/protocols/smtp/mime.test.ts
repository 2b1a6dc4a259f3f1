/** Files in messages: what is found, and that its hash is the hash of the file, however the bytes come. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Digest } from '../../../src/protocols/shared/digest.js'
import { nameFiles, readHeaders } from '../../../src/protocols/shared/mime-headers.js'
import { MimeWalker } from '../../../src/protocols/shared/mime-parts.js'

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function walk(message: Buffer | string, chunk = Number.MAX_SAFE_INTEGER): MimeWalker {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
  const walker = new MimeWalker()
  for (let at = 0; at < bytes.length; at += chunk) walker.push(bytes, at, Math.min(bytes.length, at + chunk))
  walker.finish(true)
  return walker
}

const found = (walker: MimeWalker): unknown[] => walker.files.map(({ type, size, sha256, whole }) => ({ type, size, sha256, whole }))
const part = (head: string, body: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(`--b\r\n${head}\r\n\r\n`), Buffer.from(body as string, 'latin1'), Buffer.from('\r\n')])
const mixed = (...parts: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from('Subject: s\r\nContent-Type: multipart/mixed;\r\n boundary="b"\r\n\r\n'), ...parts, Buffer.from('--b--\r\n')])

const base64Lines = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
const quoted = (bytes: Uint8Array): string =>
  [...bytes].map((byte, i) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}${i % 20 === 19 ? '=\r\n' : ''}`).join('')

describe('the hash of a file is the hash of its bytes', () => {
  const pieces = fc.integer({ min: 1, max: 50 })
  it('base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), pieces, (bytes, chunk) => {
        const walker = walk(mixed(part('Content-Type: a/b\r\nContent-Transfer-Encoding: BASE64', base64Lines(bytes))), chunk)
        expect(found(walker)).toEqual([{ type: 'a/b', size: bytes.length, sha256: hash(bytes), whole: true }])
      }),
    )
  })
  it('quoted-printable', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), pieces, (bytes, chunk) => {
        const walker = walk(mixed(part('Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable', quoted(bytes))), chunk)
        expect(found(walker)).toEqual([{ type: 'a/b', size: bytes.length, sha256: hash(bytes), whole: true }])
      }),
    )
  })
  it('binary, with line ends of every kind and none before the boundary', () => {
    // No byte of it is a hyphen, so no line of it is a boundary.
    const body = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', 'x', '\0', 'é'), { maxLength: 60 })
      .map((all) => Buffer.from(all.join(''), 'latin1'))
    fc.assert(
      fc.property(body, pieces, (bytes, chunk) => {
        const walker = walk(mixed(part('Content-Type: a/b\r\nContent-Transfer-Encoding: binary', bytes)), chunk)
        expect(found(walker)).toEqual([{ type: 'a/b', size: bytes.length, sha256: hash(bytes), whole: true }])
      }),
    )
  })
  it('lines longer than are held', () => {
    const bytes = Buffer.alloc(10_000, 'x')
    for (const chunk of [1, 100, 4095, 4096, 4097, 1e9]) {
      const walker = walk(mixed(part('Content-Type: a/b', bytes)), chunk)
      expect(found(walker)).toEqual([{ type: 'a/b', size: 10_000, sha256: hash(bytes), whole: true }])
    }
  })
})

describe('what counts as a file', () => {
  it.each<[name: string, head: string, files: number]>([
    ['plain text', 'Content-Type: text/plain', 0],
    ['no type at all', 'X-Nothing: here', 0],
    ['HTML', 'Content-Type: text/html; charset=utf-8\r\nContent-Disposition: inline', 0],
    ['text, attached', 'Content-Type: text/plain\r\nContent-Disposition: attachment', 1],
    ['text with a name', 'Content-Type: text/plain; name=a.txt', 1],
    ['text inline with a file name', 'Content-Type: text/plain\r\nContent-Disposition: inline;\r\n filename=a.txt', 1],
    ['a name in pieces', "Content-Type: text/plain\r\nContent-Disposition: inline; filename*0*=utf-8''a", 1],
    ['an inline image', 'Content-Type: image/png\r\nContent-ID: <1>', 1],
    ['a signature', 'Content-Type: application/pkcs7-signature', 1],
  ])('%s: %#', (_name, head, files) => {
    expect(walk(mixed(part(head, 'x'))).files).toHaveLength(files)
  })

  it('the whole message may be one file', () => {
    const walker = walk('Content-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n')
    expect(found(walker)).toEqual([{ type: 'application/pdf', size: 5, sha256: hash(Buffer.from('hello')), whole: true }])
  })

  it('an attached message is a file, and so are the files in it', () => {
    const inner = `Subject: inner\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: x/y\r\n\r\nfile\r\n--c--\r\ntail`
    const walker = walk(mixed(part('Content-Type: message/rfc822', inner), part('Content-Type: z/z', 'after')))
    expect(found(walker)).toEqual([
      { type: 'message/rfc822', size: inner.length, sha256: hash(Buffer.from(inner)), whole: true },
      { type: 'x/y', size: 4, sha256: hash(Buffer.from('file')), whole: true },
      { type: 'z/z', size: 5, sha256: hash(Buffer.from('after')), whole: true },
    ])
  })

  it('an inner boundary that is a prefix of the outer one, blanks behind a boundary, a missing last one', () => {
    const text =
      'Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\t \r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: x/1\r\n\r\n1\r\n--bb\r\nContent-Type: x/2\r\n\r\n2'
    expect(walk(text).files.map((file) => [file.type, file.size])).toEqual([
      ['x/1', 1],
      ['x/2', 1],
    ])
  })

  it('a file with a hole in it has no hash', async () => {
    const walker = new MimeWalker()
    const message = mixed(part('Content-Type: a/b; name=x', 'first\r\nsecond'), part('Content-Type: a/c; name=y', 'whole'))
    const at = message.indexOf('second')
    walker.push(message, 0, at)
    walker.gap()
    walker.push(message, at + 3, message.length)
    walker.finish(true)
    const files = await nameFiles(walker.files)
    expect(files.map((one) => [one.file.name, one.incomplete ?? false, one.file.hash !== undefined])).toEqual([
      ['x', true, false],
      ['y', false, true],
    ])
  })
})

describe('header blocks', () => {
  const read = (...lines: string[]) => readHeaders(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))

  it('decodes words, folding, groups, comments and lists', async () => {
    const head = await read(
      'From: "O\'Hara, Anna" <anna@x.example> (work)',
      'To: Team: a@x, "B" <b@x>;, c@x',
      'Cc: undisclosed-recipients:;',
      'Subject: =?iso-8859-1?Q?Gr=FC=DFe?=',
      ' =?utf-8?B?IOKCrA==?=',
      'Message-ID: <id@x> (added by relay)',
      'Received: from a',
      'Received: from b',
      'X-Mailer: Pine',
    )
    expect(head).toMatchObject({
      from: ['anna@x.example'],
      to: ['a@x', 'b@x', 'c@x'],
      cc: undefined,
      subject: 'Grüße €',
      messageId: 'id@x',
      hops: 2,
      mailer: 'Pine',
    })
  })

  it('takes raw eight-bit headers for UTF-8 where they are, else for Latin 1', async () => {
    expect((await read('Subject: Gr\xfc\xdfe')).subject).toBe('Grüße')
    expect((await read('Subject: Gr\xc3\xbc\xc3\x9fe')).subject).toBe('Grüße')
  })

  it.each<[written: string, read: string | undefined]>([
    ['Thu, 1 Jan 2026 11:00:00 +0100', '2026-01-01T10:00:00.000Z'],
    ['1 Jan 26 11:00 EST (winter)', '2026-01-01T16:00:00.000Z'],
    ['Mon May 16 09:58:20 +0000 2016', '2016-05-16T09:58:20.000Z'],
    ['Thu, 1 Jan 2026 11:00:00', '2026-01-01T11:00:00.000Z'],
    ['yesterday', undefined],
    ['', undefined],
  ])('date %s', async (written, wanted) => {
    expect((await read(`Date: ${written}`)).date).toBe(wanted)
  })
})

it('a digest made of pieces is the digest of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 8 }), (sizes) => {
      const digest = new Digest('sha256')
      const all = sizes.map((size, i) => Buffer.alloc(size, i + 1))
      for (const bytes of all) digest.push(bytes, 0, bytes.length)
      const whole = Buffer.concat(all)
      expect([digest.size, ...digest.finish()]).toEqual([whole.length, hash(whole)])
    }),
  )
})
