/**
 * The bodies and mails that tshark exports from the same packets, compared by their hashes: on our samples, and on other people's
 * captures where they lie beside the repository. What differs is told apart in `DIFFERENCES`, capture by capture.
 *
 * Of most mails tshark leaves out the line end before the lone dot, which belongs to the message (RFC 5321 §4.1.1.4): both are taken
 * for equal. It exports none of the files in them.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CarriedFile } from '../../src/app/file-examiner.js'
import { carriedFiles } from '../../src/app/files.js'
import { caseOf, newFolder } from '../support/case.js'
import { hasCommand } from '../support/commands.js'

const samples = resolve(import.meta.dirname, '../../samples')
const foreign = process.env.AUDIT_TRUTH_CAPTURES ?? resolve(import.meta.dirname, '../../../shared/truth/pcaps')

/** How many files only tshark has, how many only we have, and why. */
const DIFFERENCES: Readonly<Record<string, readonly [theirs: number, ours: number, why: string]>> = {
  'http/head.pcap': [1, 0, 'a request without a body whose method tshark does not know, exported as one'],
  'http/pipelined.pcap': [0, 3, 'of several requests or responses in a segment tshark exports the first body'],
  'smtp/attachment.pcap': [2, 1, 'tshark keeps the stuffed dots, and exports the mail inside the mail'],
  'smtp/pipelined.pcap': [0, 1, 'tshark does not export what BDAT transferred'],
  'smtp/refused.pcap': [1, 1, 'tshark takes the commands before DATA into the mail'],
  'smtp/secrets.pcap': [1, 1, 'tshark takes the commands before DATA into the mail'],
  'zeek/smtp-attachment-msg.pcap': [1, 0, 'the mail inside the mail'],
  'smtp/bdat.pcap': [0, 2, 'tshark does not export what BDAT transferred'],
  'arkime/ntlm_synthetic.pcap': [2, 0, 'replies of POP3, which is not decoded here, that tshark takes for mail'],
  'arkime/sctp-www.pcap': [4, 0, 'HTTP over SCTP'],
  'arkime/smtp-decrypted.pcap': [0, 3, 'three of the mails tshark shows as fragments of DATA and does not put together'],
  'arkime/smtp-moloch-bof.pcap': [1, 1, 'tshark takes the commands before DATA into the mail'],
  'arkime/socks5-reverse.pcap': [2, 0, 'HTTP behind SOCKS, which is not decoded here'],
  'arkime/wireshark-bdat.pcap': [0, 1, 'tshark does not export what BDAT transferred'],
  'packetbeat/http_unmatched_timeout.pcap': [1, 0, '"asdf" to port 80, which is no HTTP'],
  'suricata/dns-over-http2/dns_over_https.pcap': [1, 0, 'HTTP/2'],
  'suricata/http-gap-beyond-body/input.pcap': [1, 1, 'behind a loss tshark reads the next response as the rest of the body'],
  'suricata/smtp-bdat-bad-tail-reply-queue/input.pcap': [0, 1, 'tshark does not export what BDAT transferred'],
  'zeek/dce-rpc/mapi.pcap': [0, 1, 'a compressed script on a connection whose beginning tshark does not know as HTTP'],
  'zeek/http/connect-with-smtp.pcap': [1, 1, 'a line of the request that tshark takes for a body; the mail inside the tunnel'],
  'zeek/http/methods.pcap': [17, 0, 'lines such as "GET/ HTTP/1.1", which begin no request and which tshark exports as bodies'],
  'zeek/http/smuggle-http-request.pcap': [
    1,
    1,
    'a broken gzip: tshark exports what came out before the fault, here it stays as it was sent',
  ],
  'zeek/smtp/rfc3030-bdat-multipart-chunked.pcap': [0, 1, 'tshark does not export what BDAT transferred'],
  'zeek/smtp/rfc3030-bdat-multipart.pcap': [0, 1, 'tshark does not export what BDAT transferred'],
  'zeek/tunnels/gre-over-udp-4754.pcap': [1, 0, 'GRE over UDP'],
}

/** Those of the foreign captures in which either finds something. */
const FOREIGN = [
  ...['ntlm_synthetic', 'sctp-www', 'smtp-data-521', 'smtp-decrypted', 'smtp-moloch-bof', 'smtp-zip', 'socks5-reverse'].map(
    (name) => `arkime/${name}.pcap`,
  ),
  'arkime/wireshark-bdat.pcap',
  'packetbeat/cassandra/v4/cassandra_mixed_frame.pcap',
  ...['gap_in_stream', 'hide_secret_GET', 'hide_secret_POST', 'http_100_continue', 'http_10_connection_close', 'http_basicauth'].map(
    (name) => `packetbeat/${name}.pcap`,
  ),
  ...['http_get_2k_file', 'http_minitwit', 'http_over_vlan', 'http_post', 'http_post_json', 'http_realip', 'http_unmatched'].map(
    (name) => `packetbeat/${name}.pcap`,
  ),
  ...['http_unmatched_timeout', 'http_url_params', 'http_x_forwarded_for', 'wsgi_drum', 'wsgi_loopback'].map(
    (name) => `packetbeat/${name}.pcap`,
  ),
  'suricata/dns-over-http2/dns_over_https.pcap',
  ...['http-gap-beyond-body', 'mime/mime-dec-parse-long-filename01', 'smtp-bdat-bad-tail-reply-queue', 'smtp-file-data-01'].map(
    (name) => `suricata/${name}/input.pcap`,
  ),
  'suricata/smtp-pipelined-post-data-rset-sequence/input.pcap',
  'suricata/tcp-fastopen-08/tcp_fastopen_segmentation-s1.pcap',
  'zeek/dce-rpc/mapi.pcap',
  ...['connect-with-smtp', 'docker-http-upgrade', 'm57-long-49583-80', 'methods', 'no_crlf', 'pipelined-requests'].map(
    (name) => `zeek/http/${name}.pcap`,
  ),
  ...['http/smuggle-http-request', 'smtp-attachment-msg', 'tunnels/gre-over-udp-4754'].map((name) => `zeek/${name}.pcap`),
  ...['rfc3030-bdat-multipart-chunked', 'rfc3030-bdat-multipart'].map((name) => `zeek/smtp/${name}.pcap`),
]
const OWN = ['http', 'smtp'].flatMap((name) =>
  readdirSync(join(samples, name))
    .filter((file) => file.endsWith('.pcap'))
    .map((file) => `${name}/${file}`),
)

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

function exported(capture: string, folder: string): Map<string, string> {
  const kinds = ['http', 'imf']
  for (const kind of kinds) mkdirSync(join(folder, kind))
  const objects = kinds.flatMap((kind) => ['--export-objects', `${kind},${join(folder, kind)}`])
  execFileSync('tshark', ['-n', '-q', '-r', capture, ...objects], { stdio: 'ignore' })
  return new Map(
    kinds.flatMap((kind) =>
      readdirSync(join(folder, kind)).map((name) => [sha256(readFileSync(join(folder, kind, name))), `${kind}/${name}`]),
    ),
  )
}

/** The whole ones: what they are, with the hashes that tshark may give them. */
async function extracted(capture: string, folder: string): Promise<Map<string, readonly string[]>> {
  const files: CarriedFile[] = []
  const path = await caseOf(join(folder, 'case.sqlite'), [capture])
  const none = { files: 0, differing: 0, notFound: 0 }
  const list = await carriedFiles({ path, version: '0', take: () => undefined, manifest: () => '' })
  const outcome =
    list.files === 0
      ? none
      : await carriedFiles({
          path,
          version: '0',
          extract: join(folder, 'files'),
          take: (file) => void files.push(file),
          manifest: () => '',
        })
  expect(outcome).toMatchObject({ files: list.files, differing: 0, notFound: 0 })
  const comparable = files.filter(({ part, complete }) => !/^\d/.test(part) && (complete === 'complete' || complete === 'partial'))
  return new Map(
    comparable.map(({ file, part }) => {
      const bytes = readFileSync(join(folder, 'files', file!))
      return [file!, part === 'message' ? [sha256(bytes), sha256(bytes.subarray(0, -2))] : [sha256(bytes)]]
    }),
  )
}

async function compare(capture: string, name: string): Promise<void> {
  const folder = newFolder()
  const theirs = exported(capture, folder)
  const ours = await extracted(capture, folder)
  const [onlyTheirs, onlyOurs] = DIFFERENCES[name] ?? [0, 0]
  const known = new Set([...ours.values()].flat())
  expect([...theirs].filter(([hash]) => !known.has(hash)).map(([, what]) => what)).toHaveLength(onlyTheirs)
  const unknown = [...ours].filter(([, hashes]) => !hashes.some((hash) => theirs.has(hash)))
  // Equal files count once, as they do in what tshark exports.
  expect([...new Map(unknown.map(([what, [hash]]) => [hash, what])).values()]).toHaveLength(onlyOurs)
}

describe.skipIf(!hasCommand('tshark'))('the same files as tshark', () => {
  test.each(OWN)('%s', (name) => compare(join(samples, name), name), 60_000)
  test.skipIf(!existsSync(foreign)).each(FOREIGN)('%s', (name) => compare(join(foreign, name), name), 60_000)
})
