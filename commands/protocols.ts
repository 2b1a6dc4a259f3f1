import * as Args from '@oclif/core/args'
import { AuditCommand, jsonFlag, pluginFlag, writeOut } from '../src/app/cli/base-command.js'

export default class Protocols extends AuditCommand {
  static override summary = 'List what is decoded, or the options of one protocol.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> smtp --json']
  static override args = { name: Args.string({ description: 'Show this protocol, with its options.', ignoreStdin: true }) }
  static override flags = {
    plugin: pluginFlag('Module whose protocols are shown too; may be repeated. It runs with the rights of this program.'),
    json: jsonFlag('As JSON.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Protocols)
    const [
      { describeProtocol, listProtocols },
      { knownProtocols },
      { protocolListText, protocolText },
      { jsonDocument },
      { paintFor },
      { exitCodes },
    ] = await Promise.all([
      import('../src/app/protocols.js'),
      import('../src/app/known-protocols.js'),
      import('../src/report/protocol-text.js'),
      import('../src/report/json-document.js'),
      import('../src/report/paint.js'),
      import('../src/app/exit-codes.js'),
    ])
    const paint = paintFor(this.colorLevel(flags, process.stdout))
    const { protocols } = await knownProtocols(flags.plugin ?? [])
    const found = args.name === undefined ? listProtocols(protocols) : describeProtocol(args.name, protocols)
    if (flags.json) await writeOut(jsonDocument(found))
    else await writeOut(Array.isArray(found) ? protocolListText(found, paint) : protocolText(found, paint))
    return exitCodes.done
  }
}
