/** The thread that takes packets: opens the devices, says which, and captures once it is told to. */
import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../model/user-error.js'
import { CaptureLoop } from './capture-loop.js'
import type { CaptureOrder, FromWorker, ToWorker } from './messages.js'
import { type Opened, openDevices } from './open-devices.js'

const port = parentPort!
const order = workerData as CaptureOrder
// A thread has its own script for it.
process.argv = [...order.argv]
const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)

async function main(): Promise<void> {
  let opened: Opened | undefined
  try {
    opened = await openDevices(order)
    const { devices, tool, warnings } = opened
    const program = tool === undefined ? order.program : `${order.program}, packets taken by ${tool}`
    const loop = new CaptureLoop({ ...order, program }, devices, tell)
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'taken') loop.taken(message.bytes)
      else if (message.kind === 'stop') loop.stop()
      else void loop.run().then(() => port.close())
    })
    tell({ kind: 'ready', interfaces: loop.interfaces, warnings })
  } catch (error) {
    for (const device of opened?.devices ?? []) device.close()
    const known = error instanceof UserError
    tell({
      kind: 'failed',
      message: error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error),
      nextSteps: known ? error.nextSteps : [],
      bug: !known,
    })
    tell({ kind: 'over', reason: 'failed' })
    port.close()
  }
}

void main()
