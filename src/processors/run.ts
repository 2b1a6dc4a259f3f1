/** Carries processors out on a document. */
import { compile, pattern, type Test } from './condition.js'
import { mimeTypeOf } from './mime-type.js'
import { type Document, names, put, remove, valueAt } from './paths.js'
import type { Processor } from './processor.js'

/** False: the event is dropped. The document is changed in place. */
export type Step = (document: Document) => boolean

/**
 * Fields that no processor takes away: without time and type a document is none, and `audit.*` says which packets it comes from.
 */
const isKept = (name: string): boolean => name === '@timestamp' || name === 'type' || name === 'audit' || name.startsWith('audit.')

export function compileProcessors(processors: readonly Processor[]): Step {
  const steps = processors.map(stepOf)
  return (document) => steps.every((step) => step(document))
}

function stepOf(processor: Processor): Step {
  const when = processor.when ? compile(processor.when) : undefined
  const step = actionOf(processor, when)
  return processor.kind === 'if' || !when ? step : (document) => (when(document) ? step(document) : true)
}

function actionOf(processor: Processor, when: Test | undefined): Step {
  switch (processor.kind) {
    case 'drop_event':
      return () => false
    case 'drop_fields': {
      const match = matcher(processor.fields)
      return (document) => {
        for (const name of match(document)) if (!isKept(name)) remove(document, name)
        return true
      }
    }
    case 'include_fields': {
      const match = matcher(processor.fields)
      return (document) => {
        const wanted = match(document)
        const isWanted = (name: string) => wanted.some((one) => name === one || name.startsWith(`${one}.`))
        for (const name of [...names(document)].reverse()) {
          if (isKept(name) || isWanted(name) || wanted.some((one) => one.startsWith(`${name}.`))) continue
          remove(document, name)
        }
        return true
      }
    }
    case 'detect_mime_type':
      return (document) => {
        const content = valueAt(document, processor.field)
        if (typeof content === 'string' && content !== '') put(document, processor.target, mimeTypeOf(Buffer.from(content)))
        return true
      }
    case 'if': {
      const taken = compileProcessors(processor.taken)
      const otherwise = compileProcessors(processor.otherwise)
      return (document) => (when!(document) ? taken(document) : otherwise(document))
    }
  }
}

/** Which fields of a document are named: by name, or between slashes by pattern. */
function matcher(fields: readonly string[]): (document: Document) => string[] {
  const plain = fields.filter((field) => !isPattern(field))
  const patterns = fields.filter(isPattern).map((field) => pattern(field.slice(1, -1)))
  if (patterns.length === 0) return () => plain
  return (document) => [...plain, ...[...names(document)].filter((name) => patterns.some((one) => one.test(name)))]
}
export const isPattern = (field: string): boolean => field.length > 2 && field.startsWith('/') && field.endsWith('/')
