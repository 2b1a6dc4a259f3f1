/** A strict reader of the text format of Prometheus 0.0.4: what it does not know is an error. */

export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (-?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)|NaN|[+-]Inf)$`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y

export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  let current: [string, Family] | undefined
  let help: [string, string] | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const helped = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\]|\\\\[\\\\n])*)$`).exec(line)
    if (helped) {
      help = [helped[1]!, helped[2]!]
      continue
    }
    const typed = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`).exec(line)
    if (typed) {
      const [, name, type] = typed as unknown as [string, string, string]
      if (help?.[0] !== name) throw new Error(`${name} has no HELP in front of its TYPE`)
      if (families.has(name)) throw new Error(`${name} comes twice`)
      if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`)
      current = [name, { type, help: help[1], samples: [] }]
      families.set(...current)
      continue
    }
    const sample = SAMPLE.exec(line)
    if (!sample) throw new Error(`not a line of the format: ${line}`)
    if (!current || sample[1] !== current[0]) throw new Error(`${sample[1]} stands outside its family`)
    const labels = labelsOf(sample[2] ?? '')
    const { samples } = current[1]
    if (samples.some((one) => JSON.stringify(one.labels) === JSON.stringify(labels))) throw new Error(`twice: ${line}`)
    samples.push({ labels, value: Number(sample[3]!.replace('Inf', 'Infinity')) })
  }
  return families
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let at = 0
  while (at < text.length) {
    LABEL.lastIndex = at
    const found = LABEL.exec(text)
    if (!found) throw new Error(`not labels: ${text}`)
    labels[found[1]!] = found[2]!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    at = LABEL.lastIndex
  }
  return labels
}
