import type { Device } from './device.js'

/** Between two looks at devices that had nothing, milliseconds. */
const IDLE_MS = 5

/** Until every device that takes its time to end has ended. What they still hand out is taken meanwhile: a full pipe ends nothing. */
export async function untilEnded(devices: readonly Device[], gather: boolean, take: () => boolean): Promise<void> {
  const ends = devices.flatMap((device) => (device.end ? [device.end(gather)] : []))
  if (ends.length === 0) return
  let over = false
  const all = Promise.all(ends).finally(() => {
    over = true
  })
  while (!over) await (take() ? new Promise((done) => setImmediate(done)) : new Promise((done) => setTimeout(done, IDLE_MS)))
  await all
}
