import { AuditCommand, jsonFlag } from '../src/app/cli/base-command.js'

export default class Interfaces extends AuditCommand {
  static override summary = 'List the network interfaces that can be captured.'
  static override description =
    'In the order of libpcap, whose numbers stand for the names; where it is missing, as tcpdump, dumpcap or the system lists them. The link type is known where capturing is permitted; nothing is captured, and no interface is made promiscuous.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']
  static override flags = { json: jsonFlag('As JSON.') }

  async run(): Promise<number> {
    const { flags } = await this.parse(Interfaces)
    const { runInterfacesCommand } = await import('../src/app/cli/run-interfaces.js')
    return runInterfacesCommand({ json: flags.json, colorLevel: this.colorLevel(flags, process.stdout) })
  }
}
