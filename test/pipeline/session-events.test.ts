import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../support/run.js'

const sample = join(resolve(import.meta.dirname, '../..'), 'samples/amqp/publish.pcap')
const methods = async (sessionEvents: boolean) =>
  (await run([sample], { settings: { sessionEvents } })).sink.records.map((record) => record.tx.method)

test('session_events: false leaves the housekeeping out, and nothing else', async () => {
  const all = await methods(true)
  const asked = await methods(false)
  expect(all.length - asked.length).toBe(5)
  expect(all).toEqual(expect.arrayContaining(['connection.start', 'connection.open', 'channel.open', 'channel.close', 'connection.close']))
  expect(asked.filter((method) => /^(?:connection|channel)\./.test(String(method)))).toEqual([])
})
