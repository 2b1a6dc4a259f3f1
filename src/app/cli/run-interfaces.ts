/** `audit interfaces` between its flags and the list. */
import { interfaceListText } from '../../report/interface-text.js'
import { jsonDocument } from '../../report/json-document.js'
import { paintFor } from '../../report/paint.js'
import { exitCodes } from '../exit-codes.js'
import { interfaceEntries } from '../interfaces.js'
import { writeOut } from './base-command.js'

export async function runInterfacesCommand({ json, colorLevel }: { readonly json: boolean; readonly colorLevel: number }): Promise<number> {
  const list = interfaceEntries()
  await writeOut(json ? jsonDocument(list) : interfaceListText(list, paintFor(colorLevel)))
  return exitCodes.done
}
