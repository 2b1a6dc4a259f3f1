import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag, pluginFlag } from '../src/app/cli/base-command.js'

export default class Packets extends AuditCommand {
  static override summary = 'Write the packets behind rows of a case as pcapng.'
  static override description = [
    'The packets are copied from the captures that were analyzed, which are found again by their SHA-256; a changed capture is refused. With --tx, and a query that gives tx or id, the extract holds the packets of each row and those of its flow before them, so that analyzing the extract alone gives the same row; each packet has a comment that says which. Packets hold what the wire held, passwords too.',
    '',
    'Exit codes: 0 done; 1 a capture is not the one that was analyzed; 2 usage, or a capture is not there; 3 no packet; 4 done, but packets of a flow are missing; 124 the time limit of the query.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite --tx 4711 -o evidence.pcapng',
    '<%= config.bin %> <%= command.id %> case.sqlite --flow 2c26b46b68ffc68f -o - | tshark -r -',
    `<%= config.bin %> <%= command.id %> case.sqlite --query "select tx from mysql where user = 'root'" -o root.pcapng`,
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze wrote.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    tx: Flags.string({
      helpValue: 'ID',
      description: 'A transaction, by its id or its content id (tx); may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    flow: Flags.string({
      helpValue: 'ID',
      description: 'A whole flow, by its id or its content id (flow); may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    query: Flags.string({
      helpValue: 'SQL',
      description: 'One reading statement that gives tx, id, flow, flow_id, or frames with capture_id.',
    }),
    param: Flags.string({
      helpValue: 'NAME=VALUE',
      description: 'Value for :NAME in the query, or for the next ? without NAME=; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    timeout: Flags.string({ helpValue: 'DURATION', description: 'Stop a query that takes longer; 0 = no limit.', default: '60s' }),
    only: Flags.boolean({ description: "The rows' own packets and no others.", exclusive: ['flow'] }),
    captures: Flags.string({
      helpValue: 'DIR|FILE',
      description: 'Where captures may be now, whatever they are called; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    plugin: pluginFlag('Module with a protocol of your own; may be repeated. It runs with the rights of this program.'),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      required: true,
      description: 'A new file, readable by you alone, or - for standard output.',
      helpGroup: 'OUTPUT',
    }),
    force: Flags.boolean({ description: 'Replace a file that exists.', helpGroup: 'OUTPUT' }),
    json: jsonFlag('What was written, as JSON on standard output.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Packets)
    const { runPackets } = await import('../src/app/cli/run-packets.js')
    return runPackets(args.case, flags, this.config.version)
  }
}
