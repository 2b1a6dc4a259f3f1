import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand } from '../src/app/cli/base-command.js'

export default class Files extends AuditCommand {
  static override summary = 'List the files that HTTP and mail carried; extract them from the captures.'
  static override description = [
    'The list comes from the case alone: bodies of requests and responses, mails and the files in them. --examine and --extract read their bytes again from the captures, which are found by their SHA-256, and compare them with the hashes of the case; then types by content and all hashes are there too. Content codings (gzip, deflate, br, zstd) are undone: size and hashes are of the content. Files hold what the wire held, malicious code and passwords too; none is made executable.',
    '',
    'Exit codes: 0 done; 1 a file is not what the case has the hash of, or a capture not the one that was analyzed; 2 usage, or a capture is not there; 3 no file to extract; 4 done, but files were left out for a cap or not found again.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite',
    `<%= config.bin %> <%= command.id %> case.sqlite --name '*.exe' --json`,
    `<%= config.bin %> <%= command.id %> case.sqlite --type 'application/*' --min-size 10KB --extract carved`,
    '<%= config.bin %> <%= command.id %> case.sqlite --tx 115a5b2b8e57fd0f --extract mail',
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze wrote.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    tx: Flags.string({
      helpValue: 'ID',
      description: 'Of a transaction, by its id or its content id (tx); may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    protocol: Flags.string({
      char: 'p',
      options: ['http', 'smtp'],
      description: 'Only what this protocol carried; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    name: Flags.string({ helpValue: 'PATTERN', description: 'Only files whose name fits: * for any characters, ? for one.' }),
    type: Flags.string({
      helpValue: 'PATTERN',
      description: 'Only files whose type fits, the declared one or, once read, that by content.',
    }),
    sha256: Flags.string({ helpValue: 'HASH', description: 'Only files with this SHA-256, decoded or as transferred.' }),
    'min-size': Flags.string({ helpValue: 'SIZE', description: 'Only files of so many bytes or more; 10KB, 1MiB.' }),
    examine: Flags.boolean({ description: 'Read the bytes again: type by content, decoded size, all hashes.', helpGroup: 'BYTES' }),
    extract: Flags.string({
      helpValue: 'DIR',
      description: 'Write them into a new folder, readable by you alone, with files.json and SHA256SUMS beside them.',
      helpGroup: 'BYTES',
    }),
    'max-file': Flags.string({ helpValue: 'SIZE', description: 'Write no file larger than this. Default: 256MiB.', helpGroup: 'BYTES' }),
    'max-total': Flags.string({ helpValue: 'SIZE', description: 'Write no more than this in all. Default: 4GiB.', helpGroup: 'BYTES' }),
    captures: Flags.string({
      helpValue: 'DIR|FILE',
      description: 'Where captures may be now, whatever they are called; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: 'BYTES',
    }),
    format: Flags.option({
      options: ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown'] as const,
      description: 'How the list is written. Default: a table on a terminal, else ndjson.',
      exclusive: ['csv', 'json'],
      helpGroup: 'OUTPUT',
    })(),
    csv: Flags.boolean({ description: 'Short for --format csv.', exclusive: ['json'], helpGroup: 'OUTPUT' }),
    json: Flags.boolean({ description: 'Short for --format json.', helpGroup: 'OUTPUT' }),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Files)
    const { runFiles } = await import('../src/app/cli/run-files.js')
    return runFiles(args.case, flags, this.config.version)
  }
}
