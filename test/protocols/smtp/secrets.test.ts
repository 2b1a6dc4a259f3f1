/** No secret of samples/smtp reaches an output, and what the rows of secrets.pcap hold does under --show-secrets, as it was sent. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { smtp } from '../../../src/protocols/smtp/index.js'
import { outputsOf } from '../../support/outputs.js'

const samples = resolve(import.meta.dirname, '../../../samples/smtp')
const all = { send_request: true, send_response: true }
const wire = readFileSync(join(samples, 'secrets.pcap'), 'latin1')

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const anna = 'anna@harbour.example'
/** The secrets as they are sent, in base64; the proofs of CRAM-MD5 (RFC 2195) differ with each challenge. */
const tokens = {
  plain: b64(`\0${anna}\0S3CRET-smtp-1`),
  login: b64('S3CRET-smtp-2'),
  plainRefused: b64(`\0${anna}\0S3CRET-smtp-5`),
  loginRefused: b64('S3CRET-smtp-6'),
  bearer: b64(`user=${anna}\x01auth=Bearer S3CRET-smtp-8\x01\x01`),
  stray: b64('S3CRET-smtp-9'),
}
const proofs = [...wire.matchAll(new RegExp(`${b64(`${anna} `)}[A-Za-z0-9+/]{43}=`, 'g'))].map(([proof]) => proof)
const secrets = [...Object.values(tokens), ...proofs, ...proofs.map((proof) => Buffer.from(proof, 'base64').toString().slice(-32))]

describe('smtp secrets', () => {
  it('stand in the sample', () => {
    for (const token of Object.values(tokens)) expect(wire).toContain(token)
    // CRAM-MD5 once right, once wrong.
    expect(proofs).toHaveLength(2)
  })

  it.each(readdirSync(samples).filter((file) => file.endsWith('.pcap')))('of %s stay inside', async (file) => {
    for (const options of [all, {}]) {
      const text = await outputsOf(join(samples, file), smtp, options, false)
      expect(text).not.toContain('S3CRET')
      for (const secret of secrets) expect(text).not.toContain(secret)
    }
  })

  it('show when asked for', async () => {
    const text = await outputsOf(join(samples, 'secrets.pcap'), smtp, all, true)
    // A login that works is told by the user of its mails; its own lines are in no row.
    for (const token of [tokens.plainRefused, tokens.loginRefused, tokens.bearer, tokens.stray, proofs[1]!]) expect(text).toContain(token)
  })
})
