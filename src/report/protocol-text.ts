/** Protocols as people read them on a terminal: a list, or one with its options. */
import { described, fold } from './columns.js'
import type { Paint } from './paint.js'

interface OptionLike {
  readonly name: string
  readonly type: string
  readonly default: unknown
  readonly doc: string
  readonly common: boolean
}
interface ProtocolLike {
  readonly name: string
  readonly doc: string
  readonly transports: readonly string[]
  readonly ports: readonly number[]
  readonly spec: readonly string[]
  readonly options: readonly OptionLike[]
}

const WIDTH = 80
const INDENT = 6

export function protocolListText(list: readonly ProtocolLike[], paint: Paint): string {
  const rows = list.map(({ name, transports, ports }) => [name, transports.join(' '), ports.join(' ') || '-'])
  const texts = ['a row is', ...list.map(({ doc }) => doc)]
  const [heading, ...body] = described([['protocol', 'over', 'ports'], ...rows], '<<<', texts, WIDTH)
  return `${[paint.heading(heading!), ...body].join('\n')}\n\nports are hints: content decides; audit protocols NAME shows the options\n`
}

export function protocolText(one: ProtocolLike, paint: Paint): string {
  const ports = one.ports.length > 0 ? `${one.ports.join(', ')} (a hint: content decides)` : '-'
  const facts = described([['over'], ['ports'], ['spec']], '<', [one.transports.join(', '), ports, one.spec.join(', ')], WIDTH)
  const own = one.options.filter(({ common }) => !common)
  const common = one.options.filter((option) => option.common)
  const lines = [...titled(one.name, one.doc, paint), '', ...facts]
  if (own.length > 0) lines.push('', paint.heading('options'), ...own.flatMap((option) => optionLines(option, paint)))
  lines.push('', paint.heading('options of every protocol'), ...common.flatMap((option) => optionLines(option, paint)))
  return `${lines.join('\n')}\n`
}

const optionLines = ({ name, type, default: fallback, doc }: OptionLike, paint: Paint): string[] => [
  `  ${name}  ${paint.dim(`${type}, default ${JSON.stringify(fallback)}`)}`,
  ...fold(doc, WIDTH - INDENT).map((line) => ' '.repeat(INDENT) + line),
]

const titled = (name: string, doc: string, paint: Paint): string[] => {
  const [first = '', ...more] = described([[name]], '<', [doc], WIDTH)
  return [paint.heading(first.slice(0, name.length)) + first.slice(name.length), ...more]
}
