/** Who is client and who is server of a datagram flow is what the protocol says, wherever the capture begins. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type LoadedCapture, load, save } from './support/mutate.js'
import { run } from './support/run.js'

const root = resolve(import.meta.dirname, '..', 'samples')
/** Packets from which on a capture is tried to begin. */
const MAX_STARTS = 40

/**
 * Left out are captures in which both sides ask (a call that the callee ends is a request of the other side) and one in which a client
 * sends a response: begun there, the other way round is right. What is encrypted names nobody, so DTLS has a test of its own.
 */
const BOTH_ASK = /sip\/(?:call|requests|tcp)\.|dns\/nsd\./
const samples = ['dhcpv4', 'dns', 'memcache', 'nfs', 'sip'].flatMap((name) =>
  readdirSync(join(root, name))
    .filter((file) => /\.pcap(ng)?$/.test(file))
    .map((file) => [`${name}/${file}`, name] as const)
    .filter(([path]) => !BOTH_ASK.test(path)),
)

/** The server of each datagram flow, by its two ends in any order. */
async function servers(capture: LoadedCapture, name: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { row } of (await run([save(capture)])).sink.flows) {
    if (row.protocol !== name || row.transport !== 'udp') continue
    const [client, server] = [`${row.client_ip} ${row.client_port}`, `${row.server_ip} ${row.server_port}`]
    found.set([client, server].sort().join(', '), server)
  }
  return found
}

test.each(samples)('%s begun in the middle', async (path, name) => {
  const capture = await load(join(root, path))
  const whole = await servers(capture, name)
  if (whole.size === 0) return
  const step = Math.max(1, Math.floor(capture.frames.length / MAX_STARTS))
  for (let i = 1; i < capture.frames.length; i += step)
    for (const [ends, server] of await servers({ ...capture, frames: capture.frames.slice(i) }, name))
      expect(`from packet ${i + 1} on: ${server}`).toBe(`from packet ${i + 1} on: ${whole.get(ends) ?? server}`)
})
