/** Processors change or drop documents: one that is not carried out must stop the run, or it could leak what it was to hide. */
import { type ConfigNode, isEmpty } from './document.js'
import type { ConfigProblems } from './problems.js'

export function refuseProcessors(node: ConfigNode, problems: ConfigProblems): void {
  const items = node.kind === 'list' ? node.items : isEmpty(node) ? [] : [node]
  for (const item of items) {
    const name = item.kind === 'map' ? [...item.entries.keys()].find((key) => key !== 'when') : undefined
    problems.add(
      item.line,
      `${name === undefined ? 'this processor' : `processor "${name}"`} is not carried out by this version; ignoring it could leak data`,
      'take the processors out, and choose what is shown with audit query',
    )
  }
}
