/** What dumpcap and tcpdump say when they cannot capture, as what libpcap's refusals are said in. */
import { UserError } from '../model/user-error.js'
import { permissionSteps } from './advice.js'
import { CaptureRefused } from './capture-refused.js'
import type { ToolName, ToolOrder } from './capture-tools.js'
import { filterError, LIST, upSteps } from './live-start.js'

/** Said while all goes well, or beside the point. */
const NOISE = /^(Capturing on|File: |Packets |\d+ packets? |.*listening on |.*cap_set_proc|.*verbose output suppressed)/
/** A program's name before its words. */
const SPEAKER = /^(?:\S*\/)?(?:dumpcap|tcpdump|sh|audit-capture)(?:: \d+|: line \d+)?: /
const SHOWN_WORDS = 300

/** The first of its words that says why, and what it adds in parentheses below; '' where there are none. */
export function toolWords(words: string): string {
  const lines = words
    .split('\n')
    .filter((line) => !NOISE.test(line))
    .map((line) => line.replace(SPEAKER, '').trim())
    .filter((line) => line !== '' && !NOISE.test(line))
  if (lines.length === 0) return ''
  const more = lines[1]?.startsWith('(') ? ` ${lines[1]}` : ''
  return `${lines[0]}${more}`.slice(0, SHOWN_WORDS)
}

/** @param why what to say where nothing better is known */
export function toolRefusal(tool: ToolName, { name, filter }: ToolOrder, words: string, why = toolWords(words)): UserError {
  if (/permission|not permitted/i.test(words))
    return new CaptureRefused('permission', `${name} cannot be captured by ${tool}: permission denied (${why})`, permissionSteps(name))
  if (/no such device|no device named/i.test(words)) return new UserError(`there is no interface "${name}" for ${tool}`, LIST)
  if (/is not up|is down/i.test(words)) return new UserError(`${name} cannot be captured: it is down`, upSteps(name))
  const wrong = /capture filter[^(]*\(([^)]*)\)|filter expression: .*/i.exec(words)
  if (filter !== '' && wrong) return filterError(filter, wrong[1] ?? wrong[0])
  return new UserError(`${name} cannot be captured: ${tool}: ${why}`, LIST)
}
