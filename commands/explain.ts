import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag, pluginFlag } from '../src/app/cli/base-command.js'

export default class Explain extends AuditCommand {
  static override summary = 'Say why a flow was decoded the way it was.'
  static override description = [
    'Its packets are read again from the captures, by the decoder that analyzed them: how client and server were told apart, which protocols were asked and what they said, what was chosen and why, upgrades, losses, where a parser gave up, what became of the bytes of each side, and the rows that came of it. Where the captures are gone, what the case alone tells. The bytes around the first failure are shown as the wire held them.',
    '',
    'Exit codes: 0 done; 2 usage; 4 done, but from the case alone, or with packets missing.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite 12',
    '<%= config.bin %> <%= command.id %> case.sqlite --tx 4711',
    '<%= config.bin %> <%= command.id %> case.sqlite 2c26b46b68ffc68f --json | jq .first_failure',
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze wrote.', required: true, ignoreStdin: true }),
    flow: Args.string({ description: 'A flow, by its id or its content id (flow).', ignoreStdin: true }),
  }
  static override flags = {
    tx: Flags.string({ helpValue: 'ID', description: 'The flow of this transaction, by its id or its content id (tx).' }),
    captures: Flags.string({
      helpValue: 'DIR|FILE',
      description: 'Where captures may be now, whatever they are called; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    plugin: pluginFlag('Module with a protocol of your own; may be repeated. It runs with the rights of this program.'),
    json: jsonFlag('The ledger as one JSON document.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Explain)
    const { runExplain } = await import('../src/app/cli/run-explain.js')
    return runExplain(args.case, args.flow, flags)
  }
}
