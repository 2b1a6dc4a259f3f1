/** The thread that takes packets: opens the devices, says which, and captures once it is told to. */
import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../model/user-error.js'
import { CaptureLoop } from './capture-loop.js'
import type { Device } from './device.js'
import { listInterfaces } from './interfaces.js'
import { libpcap } from './libpcap.js'
import { LiveDevice } from './live-device.js'
import type { CaptureOrder, FromWorker, ToWorker } from './messages.js'
import { type Devices, mayCapture, type OpenedDevice, ReturningDevice } from './returning-device.js'

const port = parentPort!
const order = workerData as CaptureOrder
// A thread has its own script for it.
process.argv = [...order.argv]
const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)

/** What libpcap warned of when the devices were opened; of one that is opened anew it is known. */
const warnings: string[] = []

function open(name: string): OpenedDevice {
  const { snaplen, bufferSizeMb, promiscuous, ignoreOutgoing, filter } = order
  const device = LiveDevice.open(name, { snaplen, bufferSizeMb, promiscuous, ignoreOutgoing, ...(filter === undefined ? {} : { filter }) })
  warnings.push(...device.warnings)
  return {
    name,
    linkType: device.linkType,
    snaplen: device.snaplen,
    nanoseconds: device.ticksPerSecond === 1e9,
    poll: () => device.poll(),
    ...(device.refilters ? { replaceFilter: (text: string | undefined) => device.replaceFilter(text) } : {}),
    counts: () => {
      const stats = device.stats()
      return { received: stats?.received ?? 0, dropped: stats?.dropped ?? 0, interfaceDropped: stats?.droppedByInterface ?? 0 }
    },
    close: () => device.close(),
    get failed() {
      return device.failed
    },
    resume: () => device.resume(),
    get up() {
      return device.up ?? listInterfaces().some((one) => one.name === name && one.up)
    },
  }
}

const system: Devices = {
  open,
  indexOf: (name) => libpcap().indexOf(name),
  mayOpen: mayCapture,
}

function main(): void {
  const devices: Device[] = []
  try {
    for (const name of order.devices) devices.push(new ReturningDevice(name, system, (message) => tell({ kind: 'notice', message })))
    const loop = new CaptureLoop(order, devices, tell)
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'taken') loop.taken(message.bytes)
      else if (message.kind === 'stop') loop.stop()
      else if (message.kind === 'renew') loop.renew(message.filter)
      else void loop.run().then(() => port.close())
    })
    tell({ kind: 'ready', interfaces: loop.interfaces, warnings })
  } catch (error) {
    for (const device of devices) device.close()
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

main()
