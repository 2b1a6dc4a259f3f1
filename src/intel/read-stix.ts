/** STIX 2.1 bundles: their indicators. Everything else in them (malware, relationships, sightings) is passed over. */
import { UserError } from '../model/user-error.js'
import type { Conjunction, Indicators, Note, Severity } from './indicators.js'
import { severities } from './indicators.js'
import { ListReport } from './list.js'
import { instantOf } from './read-table.js'
import { type Comparison, parsePattern } from './stix-pattern.js'

/** Bundles are objects in a list in an object, and a few levels of their own. */
const MAX_DEPTH = 64
/** Objects and lists: each costs at least as many bytes again once it is read, whatever it holds. */
const MAX_CONTAINERS = 4_000_000
/** Commas: a list of small numbers takes eight bytes for each. */
const MAX_ITEMS = 32_000_000
const MAX_TITLE = 200

/** STIX 2.1 §10.9: what kinds of indicators there are. */
const KINDS: Readonly<Record<string, Severity>> = {
  'malicious-activity': 'high',
  compromised: 'high',
  'anomalous-activity': 'medium',
  attribution: 'medium',
  anonymization: 'low',
  benign: 'info',
}
/** STIX 2.1 appendix A: 1 to 29 is low. */
const LOW_CONFIDENCE = 30

export function readStix(text: string, source: string, path: string, into: Indicators, max?: number): ListReport {
  checkBounds(text, path)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message.slice(0, 200)}`, ['give a STIX 2.1 bundle, a CSV or a plain list'])
  }
  const objects = Array.isArray(document) ? document : (document as { objects?: unknown }).objects
  if (!Array.isArray(objects)) {
    if ((document as { type?: unknown }).type !== 'indicator')
      throw new UserError(`${path} is JSON, but not a STIX 2.1 bundle: it has no list of objects`, [
        'give a bundle, its objects, or one indicator',
      ])
    return readObjects([document], source, into, max)
  }
  return readObjects(objects, source, into, max)
}

function readObjects(objects: readonly unknown[], source: string, into: Indicators, max: number | undefined): ListReport {
  const report = new ListReport(into, max)
  for (const object of objects) {
    if (typeof object !== 'object' || object === null || (object as { type?: unknown }).type !== 'indicator') continue
    readIndicator(object as Readonly<Record<string, unknown>>, source, report)
  }
  return report
}

function readIndicator(object: Readonly<Record<string, unknown>>, source: string, report: ListReport): void {
  const rule = textOf(object.id)
  const pattern = textOf(object.pattern)
  const shown = rule ?? pattern ?? 'an indicator'
  if (object.revoked === true) {
    report.withdrawn++
    return
  }
  const language = textOf(object.pattern_type) ?? 'stix'
  if (language !== 'stix' || pattern === undefined) {
    report.refuse(shown, pattern === undefined ? 'no pattern' : `a pattern in ${language.slice(0, 40)}`, 0)
    return
  }
  const parsed = parsePattern(pattern)
  if ('reason' in parsed) {
    report.refuse(shown, parsed.reason, 0)
    return
  }
  const note: Note = {
    source,
    rule,
    title: (textOf(object.name) ?? textOf(object.description))?.slice(0, MAX_TITLE),
    severity: severityOf(object),
    from: instantOf(textOf(object.valid_from)),
    until: instantOf(textOf(object.valid_until)),
  }
  for (const all of parsed.alternatives) {
    if (all.length === 1) report.take({ atom: all[0]!.atom }, all[0]!.text, note, 0)
    else takeTogether(all, note, report)
  }
}

function takeTogether(all: readonly Comparison[], note: Note, report: ListReport): void {
  const together: Conjunction = { size: 0 }
  const told = { ...note, together }
  for (const { atom, text } of all) {
    const became = report.take({ atom }, text, told, 0)
    if (became === 'added') together.size++
    else if (became === 'left') together.size = Number.POSITIVE_INFINITY
  }
}

function severityOf(object: Readonly<Record<string, unknown>>): Severity {
  const words = [object.indicator_types, object.labels].flatMap((list) => (Array.isArray(list) ? list.slice(0, 64) : []))
  const known = words.flatMap((word) => (typeof word === 'string' ? (KINDS[word.toLowerCase()] ?? []) : []))
  const level = known.length === 0 ? severities.indexOf('medium') : Math.max(...known.map((one) => severities.indexOf(one)))
  const { confidence } = object
  const doubtful = typeof confidence === 'number' && confidence > 0 && confidence < LOW_CONFIDENCE
  return severities[Math.max(0, doubtful ? level - 1 : level)]!
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** What a file would grow to once it is read, told from its characters alone. */
function checkBounds(text: string, path: string): void {
  let depth = 0
  let containers = 0
  let items = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
    } else if (code === 0x7b || code === 0x5b) {
      containers++
      if (++depth > MAX_DEPTH)
        throw new UserError(`${path}: objects stand more than ${MAX_DEPTH} deep inside of each other, as in no bundle`)
    } else if (code === 0x7d || code === 0x5d) depth--
    else if (code === 0x2c) items++
    if (containers > MAX_CONTAINERS || items > MAX_ITEMS)
      throw new UserError(`${path} holds more objects than are read (${MAX_CONTAINERS})`, [
        'split the bundle, or give the indicators as CSV',
      ])
  }
}
