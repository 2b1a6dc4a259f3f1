/** Devices of the system's libpcap, for whoever opens them anew when they come back. */
import { listInterfaces } from './interfaces.js'
import { libpcap } from './libpcap.js'
import { LiveDevice } from './live-device.js'
import type { CaptureOrder } from './messages.js'
import { type Devices, mayCapture, type OpenedDevice } from './returning-device.js'

type Order = Pick<CaptureOrder, 'snaplen' | 'bufferSizeMb' | 'promiscuous' | 'ignoreOutgoing' | 'filter'>

/** @param warn told what libpcap warns of when a device is opened */
export const systemDevices = (order: Order, warn: (message: string) => void): Devices => ({
  open: (name) => opened(name, order, warn),
  indexOf: (name) => libpcap().indexOf(name),
  mayOpen: mayCapture,
})

function opened(name: string, order: Order, warn: (message: string) => void): OpenedDevice {
  const { snaplen, bufferSizeMb, promiscuous, ignoreOutgoing, filter } = order
  const wishes = { snaplen, bufferSizeMb, promiscuous, ignoreOutgoing }
  const device = LiveDevice.open(name, filter === undefined ? wishes : { ...wishes, filter })
  for (const warning of device.warnings) warn(warning)
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
