/** PREPARE, EXECUTE and DEALLOCATE in SQL work on the same prepared statements as Parse, Bind and Close. */
import { readStatement } from '../shared/sql/statement.js'
import type { Statements } from './statements.js'
import type { Unit } from './unit.js'

/** What a statement that worked changes for those that follow. */
export function effects(unit: Unit, statements: Statements, secret: (text: string) => string): void {
  const text = unit.text ?? ''
  switch (unit.tag) {
    case 'DISCARD ALL':
    case 'DEALLOCATE ALL':
      statements.forgetAll()
      return
    case 'DEALLOCATE': {
      const name = /^\s*DEALLOCATE\s+(?:PREPARE\s+)?("?)([^\s";]{1,64})\1/i.exec(text)
      if (name) statements.close('statement', foldName(name[1]!, name[2]!))
      return
    }
    case 'PREPARE': {
      const made = /^\s*PREPARE\s+("?)([^\s"(;]{1,64})\1\s*(?:\([^)]{0,1000}\)\s*)?AS\s+/i.exec(text)
      if (made) {
        const body = text.slice(made[0].length)
        statements.parse(foldName(made[1]!, made[2]!), body, body.length, unit.textCut, []).replaced = undefined
      }
      return
    }
    default:
      if (unit.facts?.verb === 'EXECUTE') {
        const name = /^\s*EXECUTE\s+("?)([^\s"(;]{1,64})\1/i.exec(text)
        const statement = name && statements.statement(foldName(name[1]!, name[2]!))
        if (statement) unit.prepared = readStatement(statement.text, 'pgsql', secret)
      }
  }
}

const foldName = (quote: string, name: string): string => (quote === '' ? name.toLowerCase() : name)
