import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand } from '../src/app/cli/base-command.js'

export default class Follow extends AuditCommand {
  static override summary = 'Show both sides of a flow, from its captures.'
  static override description = [
    'TCP is put in order as an analysis does it; datagrams come one by one. Times are UTC, packets have the numbers that Wireshark shows. What a terminal would obey is made visible instead. The payload is as the wire held it, passwords too.',
    '',
    'Exit codes: 0 done; 1 a capture is not the one that was analyzed; 2 usage, or a capture is not there; 4 done, but packets of the flow are missing.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite 12',
    '<%= config.bin %> <%= command.id %> case.sqlite 2c26b46b68ffc68f --hex --side server',
    '<%= config.bin %> <%= command.id %> case.sqlite 12 --format ndjson | jq -r .base64',
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze wrote.', required: true, ignoreStdin: true }),
    flow: Args.string({ description: 'A flow, by its id or its content id (flow).', required: true, ignoreStdin: true }),
  }
  static override flags = {
    format: Flags.option({
      options: ['text', 'hex', 'ndjson'] as const,
      description: 'How it is written. Default: text.',
      exclusive: ['hex'],
      helpGroup: 'OUTPUT',
    })(),
    hex: Flags.boolean({ description: 'Short for --format hex.', helpGroup: 'OUTPUT' }),
    side: Flags.option({ options: ['client', 'server'] as const, description: 'Only what this side said.', helpGroup: 'OUTPUT' })(),
    captures: Flags.string({
      helpValue: 'DIR|FILE',
      description: 'Where captures may be now, whatever they are called; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Follow)
    const { runFollow } = await import('../src/app/cli/run-follow.js')
    return runFollow(args.case, args.flow, flags)
  }
}
