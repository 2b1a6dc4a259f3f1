import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag, pluginFlag } from '../src/app/cli/base-command.js'

export default class Export extends AuditCommand {
  static override summary = 'Write a case for other programs, or a redacted copy of it.'
  static override description = [
    'ndjson gives back the documents that audit analyze -o out.ndjson would have written. csv and parquet are one file for each protocol, and flow, capture, anomaly, coverage. zeek is conn.log and the logs that Zeek has for what the case holds.',
    '',
    '--redacted writes a case without what its policy takes away, which all commands read. For a redacted export in another format, export the redacted case.',
    '',
    'Exit codes: 0 done; 2 usage, policy, or a disk that cannot be written; 4 done, but there were more values to look for than could be; 130 or 143 interrupted (nothing is written).',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite --format zeek -o logs/',
    '<%= config.bin %> <%= command.id %> case.sqlite --format parquet -o tables/',
    '<%= config.bin %> <%= command.id %> case.sqlite --format ndjson -o - | jq .query',
    '<%= config.bin %> <%= command.id %> case.sqlite --redacted --policy policy.yml --key key.bin -o outside.sqlite',
  ]
  static override args = { case: Args.string({ description: 'A case that audit analyze wrote.', required: true, ignoreStdin: true }) }
  static override flags = {
    format: Flags.option({
      options: ['ndjson', 'csv', 'parquet', 'zeek'] as const,
      description: 'What is written.',
      exclusive: ['redacted'],
      helpGroup: 'OUTPUT',
    })(),
    output: Flags.string({
      char: 'o',
      helpValue: 'TARGET',
      description: 'A folder; for ndjson a file, or - for standard output; with --redacted the new case.',
      required: true,
      helpGroup: 'OUTPUT',
    }),
    force: Flags.boolean({ description: 'Replace files that are there.', helpGroup: 'OUTPUT' }),
    redacted: Flags.boolean({ description: 'Write a case without what the policy takes away.', helpGroup: 'REDACTION' }),
    policy: Flags.string({
      helpValue: 'FILE',
      description: 'Which columns go, and how; without it, or as default, the policy that comes with the program.',
      dependsOn: ['redacted'],
      helpGroup: 'REDACTION',
    }),
    key: Flags.string({
      helpValue: 'FILE',
      description: 'Key of the tokens: with the same key, a value has the same token in every export. Without it the key is thrown away.',
      dependsOn: ['redacted'],
      helpGroup: 'REDACTION',
    }),
    plugin: pluginFlag('Module whose protocols the case holds; may be repeated. It runs with the rights of this program.'),
    json: jsonFlag('What was written, as JSON.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Export)
    const { runExport } = await import('../src/app/cli/run-export.js')
    return runExport(args.case, flags, this.config.version)
  }
}
