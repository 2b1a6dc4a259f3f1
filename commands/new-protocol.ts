import * as Args from '@oclif/core/args'
import { AuditCommand, writeOut } from '../src/app/cli/base-command.js'

export default class NewProtocol extends AuditCommand {
  static override summary = 'Write the beginnings of a protocol of your own.'
  static override description =
    'A folder with a module that works, a sample and the check that our own protocols pass, linked to the kit of this program; docs/writing-a-protocol.md goes on from there.'
  static override examples = ['<%= config.bin %> <%= command.id %> ident']
  static override args = {
    name: Args.string({ description: 'Its name: lower case letters and digits.', required: true, ignoreStdin: true }),
  }

  async run(): Promise<number> {
    const { args } = await this.parse(NewProtocol)
    const [{ newProtocol }, { exitCodes }] = await Promise.all([import('../src/app/new-protocol.js'), import('../src/app/exit-codes.js')])
    const files = newProtocol(args.name, '.')
    await writeOut(`${files.join('\n')}\nnext  cd ${args.name} && node sample.js && node check.js\n`)
    return exitCodes.done
  }
}
