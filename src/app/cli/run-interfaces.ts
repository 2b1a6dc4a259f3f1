/** `audit interfaces` between its flags and the list. */
import { interfaceListText } from '../../report/interface-text.js'
import { jsonDocument } from '../../report/json-document.js'
import { paintFor } from '../../report/paint.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { interfaceEntries } from '../interfaces.js'
import { writeOut } from './base-command.js'

export async function runInterfacesCommand({ json, colorLevel }: { readonly json: boolean; readonly colorLevel: number }): Promise<number> {
  const list = interfaceEntries((message) => process.stderr.write(`audit: ${sanitize(message)}\n`))
  await writeOut(json ? jsonDocument(list) : interfaceListText(list, paintFor(colorLevel)))
  return exitCodes.done
}
