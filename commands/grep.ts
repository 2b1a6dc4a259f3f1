import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag } from '../src/app/cli/base-command.js'

export default class Grep extends AuditCommand {
  static override summary = 'Find text, bytes or an expression in the payload of the captures.'
  static override description = [
    'Looks through what both sides of every flow said: TCP put in order, over the borders of packets; each UDP datagram and ICMP message by itself. The bytes are those of the wire: nothing is decrypted, decompressed or put together from MIME. Text is UTF-8. Expressions have the syntax of RE2 and take linear time; ^ and $ are ends of lines, and a match longer than 4096 bytes may be cut or missed. Snippets show payload as it is, passwords too.',
    '',
    'Exit codes: 0 found; 1 not found, or a capture is not the one that was analyzed; 2 usage, or a capture is not there.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite confidential',
    "<%= config.bin %> <%= command.id %> case.sqlite --hex 'de ad be ef' --format table",
    `<%= config.bin %> <%= command.id %> case.sqlite -i --regex 'passw(or)?d=[^&]+' --protocol http`,
    '<%= config.bin %> <%= command.id %> case.sqlite confidential --json | jq -r .[].tx',
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze wrote.', required: true, ignoreStdin: true }),
    pattern: Args.string({ description: 'What is looked for: text, unless a flag says otherwise.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    regex: Flags.boolean({ char: 'e', description: 'The pattern is a regular expression (RE2).', exclusive: ['hex'] }),
    hex: Flags.boolean({ description: 'The pattern is bytes in hex: de ad be ef.' }),
    'ignore-case': Flags.boolean({ char: 'i', description: 'Letters of ASCII in either case.' }),
    flow: Flags.string({
      helpValue: 'ID',
      description: 'Only in this flow, by its id or its content id (flow); may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    protocol: Flags.string({
      char: 'p',
      helpValue: 'NAME',
      description: 'Only in flows of this protocol; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    captures: Flags.string({
      helpValue: 'DIR|FILE',
      description: 'Where captures may be now, whatever they are called; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    limit: Flags.integer({ helpValue: 'N', description: 'End the search after N matches.', default: 1000, helpGroup: 'OUTPUT' }),
    count: Flags.boolean({ description: 'Only how many there are.', helpGroup: 'OUTPUT' }),
    format: Flags.option({
      options: ['table', 'json', 'ndjson'] as const,
      description: 'How matches are written. Default: table on a terminal, else ndjson.',
      exclusive: ['json'],
      helpGroup: 'OUTPUT',
    })(),
    json: jsonFlag('Short for --format json.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Grep)
    const { runGrep } = await import('../src/app/cli/run-grep.js')
    return runGrep(args.case, args.pattern, flags)
  }
}
