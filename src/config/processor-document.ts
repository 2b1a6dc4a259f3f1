/** Processors as `audit.yml` would say them: what the `run` row keeps. */
import type { Condition, Processor } from '../processors/processor.js'

export function processorDocument(processor: Processor): Record<string, unknown> {
  const when = processor.when ? { when: conditionDocument(processor.when) } : {}
  switch (processor.kind) {
    case 'drop_event':
      return { drop_event: when }
    case 'drop_fields':
    case 'include_fields':
      return { [processor.kind]: { fields: processor.fields, ...when } }
    case 'detect_mime_type':
      return { detect_mime_type: { field: processor.field, target: processor.target, ...when } }
    case 'if':
      return {
        if: conditionDocument(processor.when),
        // biome-ignore lint/suspicious/noThenProperty: the key that a configuration has.
        then: processor.taken.map(processorDocument),
        ...(processor.otherwise.length > 0 ? { else: processor.otherwise.map(processorDocument) } : {}),
      }
  }
}

function conditionDocument(condition: Condition): Record<string, unknown> {
  switch (condition.op) {
    case 'and':
    case 'or':
      return { [condition.op]: condition.all.map(conditionDocument) }
    case 'not':
      return { not: conditionDocument(condition.inner) }
    case 'has_fields':
      return { has_fields: condition.fields }
    default:
      return { [condition.op]: condition.values }
  }
}
