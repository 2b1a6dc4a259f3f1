/** SSL 2.0 behind the ClientHello (draft-hickman-netscape-ssl-00 §2): old enough that the server's answer is all of interest. */
import { SSL2 } from './code-names.js'
import type { ReadCertificate } from './handshake.js'
import type { Talk, TlsEvent } from './messages.js'

/** What the server's hello adds to the usual: all that both sides can, of which the client then chooses. */
export const Ssl2Type = { Error: 0, ClientHello: 1, ClientMasterKey: 2, ClientFinished: 3, ServerHello: 4, ServerVerify: 5 } as const

export function readSsl2(buf: Buffer, start: number, end: number, certificate: ReadCertificate, talk: Talk): TlsEvent {
  const type = start < end ? buf[start]! : -1
  // SERVER-HELLO: session id hit, certificate type, version, three lengths, certificate, ciphers, connection id.
  if (type === Ssl2Type.ServerHello && end - start >= 11 && talk.version === 0) {
    const size = buf.readUInt16BE(start + 5)
    const at = start + 11
    talk.ssl2 = true
    return {
      kind: 'ssl2-hello',
      resumed: buf[start + 1] === 1,
      version: SSL2,
      certificates: size > 0 && at + size <= end ? [certificate(buf.subarray(at, at + size))] : [],
    }
  }
  // CLIENT-MASTER-KEY names the cipher in its first three bytes; everything behind it is encrypted.
  return { kind: 'ssl2', type, cipher: type === Ssl2Type.ClientMasterKey && end - start >= 4 ? buf.readUIntBE(start + 1, 3) : undefined }
}
