/**
 * Opens the devices of a session, all of them in one way: by the system's libpcap in this process, or by a program where the
 * library is missing or this user may not open a device but may start a program that can.
 */
import { UserError } from '../model/user-error.js'
import { installSteps, permissionSteps, thisMachine } from './advice.js'
import { CaptureRefused } from './capture-refused.js'
import { type FoundTool, refuseOptions, type ToolName, usableTools } from './capture-tools.js'
import type { Device } from './device.js'
import { MAX_FILTER_TEXT } from './libpcap.js'
import { LiveDevice } from './live-device.js'
import { filterError, MAX_BUFFER_MB, MAX_SNAPLEN } from './live-start.js'
import type { CaptureOrder } from './messages.js'
import { ToolDevice } from './tool-device.js'

export interface Opened {
  readonly devices: readonly Device[]
  /** What takes the packets; undefined: this process. */
  readonly tool: ToolName | undefined
  readonly warnings: readonly string[]
}

type Order = Pick<CaptureOrder, 'devices' | 'snaplen' | 'bufferSizeMb' | 'promiscuous' | 'ignoreOutgoing' | 'filter' | 'captureWith'>

/** @throws UserError when none of the ways works, with what helps here */
export async function openDevices(order: Order, tools: readonly FoundTool[] = usableTools()): Promise<Opened> {
  const { captureWith: way = 'auto' } = order
  if (way === 'libpcap') return byLibpcap(order)
  if (way !== 'auto') return byNamed(order, namedTool(way, tools))
  try {
    return byLibpcap(order)
  } catch (error) {
    if (!(error instanceof CaptureRefused)) throw error
    return instead(order, tools, error)
  }
}

function byLibpcap(order: Order): Opened {
  const { snaplen, bufferSizeMb, promiscuous, ignoreOutgoing, filter } = order
  const devices: Device[] = []
  const warnings: string[] = []
  try {
    for (const name of order.devices) {
      const wishes = { snaplen, bufferSizeMb, promiscuous, ignoreOutgoing }
      const device = LiveDevice.open(name, filter === undefined ? wishes : { ...wishes, filter })
      warnings.push(...device.warnings)
      devices.push(asDevice(device))
    }
    return { devices, tool: undefined, warnings }
  } catch (error) {
    for (const device of devices) device.close()
    throw error
  }
}

const asDevice = (device: LiveDevice): Device => ({
  name: device.name,
  linkType: device.linkType,
  snaplen: device.snaplen,
  nanoseconds: device.ticksPerSecond === 1e9,
  poll: () => device.poll(),
  counts: () => {
    const stats = device.stats()
    return { received: stats?.received ?? 0, dropped: stats?.dropped ?? 0, interfaceDropped: stats?.droppedByInterface ?? 0 }
  },
  close: () => device.close(),
})

async function byTool(order: Order, found: FoundTool): Promise<Opened> {
  const { tool } = found
  const filter = order.filter?.trim() ?? ''
  if (filter.length > MAX_FILTER_TEXT) throw filterError(filter, `it is longer than ${MAX_FILTER_TEXT} characters`)
  if (filter.includes('\0')) throw filterError(filter, 'it has a NUL character in it')
  const devices: Device[] = []
  try {
    for (const name of order.devices) {
      refuseOptions(name)
      const one = {
        name,
        snaplen: Math.min(order.snaplen, MAX_SNAPLEN),
        bufferSizeMb: Math.min(order.bufferSizeMb, MAX_BUFFER_MB),
        // The pseudo-device of all has no such mode.
        promiscuous: order.promiscuous && name !== 'any',
        ignoreOutgoing: order.ignoreOutgoing,
        filter,
      }
      const unable = tool.unable(one)
      if (unable !== undefined) throw new UserError(`${name} cannot be captured by ${tool.name}: ${unable}`, ['leave --capture-with out'])
      devices.push(await ToolDevice.open(found, one, order.devices.length > 1 ? tool.gatherMs : 0))
    }
  } catch (error) {
    for (const device of devices) device.close()
    throw error
  }
  const late = tool.tellsCounts ? [] : [`${tool.name} tells what was dropped only at the end of the session`]
  return { devices, tool: tool.name, warnings: late }
}

async function byNamed(order: Order, found: FoundTool): Promise<Opened> {
  try {
    return await byTool(order, found)
  } catch (error) {
    throw error instanceof CaptureRefused ? refusal(order, error.message, [found.program.path]) : error
  }
}

const refusal = (order: Order, message: string, seen: readonly string[]): UserError =>
  new UserError(message, permissionSteps(order.devices[0]!, { ...thisMachine(), refused: seen }))

/** The first program that can, where libpcap cannot. */
async function instead(order: Order, tools: readonly FoundTool[], refused: CaptureRefused): Promise<Opened> {
  const seen: string[] = []
  for (const found of tools) {
    const { tool, program } = found
    if (order.devices.some((name) => tool.unable({ ...order, name, filter: '' }) !== undefined)) continue
    try {
      const opened = await byTool(order, found)
      return { ...opened, warnings: [`${refused.message}; ${program.path} captures instead`, ...opened.warnings] }
    } catch (error) {
      if (!(error instanceof CaptureRefused)) throw error
      seen.push(program.path)
    }
  }
  if (refused.why === 'no-library' && seen.length === 0) throw refused
  const message = seen.length === 0 ? refused.message : `${refused.message}; ${seen.join(' and ')} may not either`
  throw refusal(order, message, seen)
}

function namedTool(name: ToolName, tools: readonly FoundTool[]): FoundTool {
  const found = tools.find(({ tool }) => tool.name === name)
  if (found) return found
  if (process.platform === 'win32') throw new UserError(`live capture with ${name} is not available on Windows`)
  throw new UserError(`there is no ${name} here that this user may start`, installSteps(name))
}
