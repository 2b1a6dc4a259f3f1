import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand } from '../src/app/cli/base-command.js'
import { intelFlag } from '../src/app/cli/decoding-flags.js'

const short = ['csv', 'json', 'as-filter', 'as-frames']
/** What only rows of a case can be. */
const ofRows = ['as-filter', 'as-frames', 'output', 'tz']
const others = (name: string): string[] => short.filter((one) => one !== name)

export default class Query extends AuditCommand {
  static override summary = 'Ask a case in SQL, by a saved query or for words; the case is only read.'
  static override description = [
    'Tables, views and columns: audit schema. On a terminal rows are shown as a table, into a pipe they are NDJSON.',
    '',
    'Without SQL, on a terminal: a prompt with history and completion, where .help lists the commands. What comes through a pipe instead may be several statements with a semicolon each, and the same commands.',
    '',
    'Exit codes: 0 done; 2 wrong SQL or usage; 124 the time limit was reached.',
  ].join('\n')
  static override examples = [
    `<%= config.bin %> <%= command.id %> case.sqlite "select ts, client_ip, method, status from tx limit 20"`,
    `<%= config.bin %> <%= command.id %> case.sqlite "select * from smtp where client_ip = :ip" --param ip=10.0.0.1 --csv`,
    '<%= config.bin %> <%= command.id %> case.sqlite --format markdown < slow.sql',
    `<%= config.bin %> <%= command.id %> case.sqlite "select * from http" -o http.xlsx --tz Europe/Berlin`,
    `tshark -r web.pcap -Y "$(<%= config.bin %> <%= command.id %> case.sqlite 'select tx from http where status_code >= 500' --as-filter)"`,
    `<%= config.bin %> <%= command.id %> case.sqlite --search 'invoice anna@harbour.example'`,
    '<%= config.bin %> <%= command.id %> --list',
    '<%= config.bin %> <%= command.id %> case.sqlite --name slow-requests --param min_ms=500 --param protocol=pgsql',
    '<%= config.bin %> <%= command.id %> case.sqlite',
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze wrote; not needed for --list and --show.', ignoreStdin: true }),
    sql: Args.string({
      description: 'One reading statement. When absent: from standard input, or a prompt on a terminal.',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    name: Flags.string({ helpValue: 'NAME', description: 'Run a saved query.', exclusive: ['list', 'show'], helpGroup: 'SAVED' }),
    list: Flags.boolean({
      description: 'List the saved queries and their parameters.',
      exclusive: ['show', ...ofRows],
      helpGroup: 'SAVED',
    }),
    show: Flags.string({
      helpValue: 'NAME',
      description: 'Print the SQL of a saved query, as it can be pasted anywhere.',
      exclusive: ['format', ...short, 'output', 'tz'],
      helpGroup: 'SAVED',
    }),
    queries: Flags.string({
      helpValue: 'DIR',
      description:
        'Folder with saved queries of your own, besides $XDG_CONFIG_HOME/audit/queries; yours win over those that came with the program.',
      helpGroup: 'SAVED',
    }),
    search: Flags.string({
      helpValue: 'WORDS',
      description: 'Find the rows with these words in any of their texts; "a phrase", word* for a beginning. Other characters are text.',
      exclusive: ['name', 'list', 'show'],
      helpGroup: 'SEARCH',
    }),
    fts: Flags.boolean({
      description: "WORDS is an expression in FTS5's own syntax: AND, OR, NOT, column : word, NEAR(a b, 5).",
      dependsOn: ['search'],
      helpGroup: 'SEARCH',
    }),
    intel: intelFlag('Indicators to look for first: the table finding then holds what they point at, for this query alone'),
    format: Flags.option({
      options: ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown', 'xlsx', 'parquet', 'filter', 'frames'] as const,
      description: 'How rows are written; xlsx and parquet need -o.',
      exclusive: short,
      helpGroup: 'OUTPUT',
    })(),
    csv: Flags.boolean({ description: 'Short for --format csv.', exclusive: others('csv'), helpGroup: 'OUTPUT' }),
    json: Flags.boolean({ description: 'Short for --format json.', exclusive: others('json'), helpGroup: 'OUTPUT' }),
    'as-filter': Flags.boolean({
      description: 'Instead of rows a Wireshark display filter for their packets; one for each capture.',
      exclusive: others('as-filter'),
      helpGroup: 'OUTPUT',
    }),
    'as-frames': Flags.boolean({
      description: 'Instead of rows the numbers of their packets; one list for each capture.',
      exclusive: others('as-frames'),
      helpGroup: 'OUTPUT',
    }),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'Write the rows into a file, in the format that its name says unless --format does.',
      helpGroup: 'OUTPUT',
    }),
    force: Flags.boolean({ description: 'Replace the file of -o if it exists.', dependsOn: ['output'], helpGroup: 'OUTPUT' }),
    tz: Flags.string({
      helpValue: 'ZONE',
      description: 'Beside each column of UTC times the same in this IANA zone, or in local, the one of this host.',
      helpGroup: 'OUTPUT',
    }),
    param: Flags.string({
      helpValue: 'NAME=VALUE',
      description: 'Value for :NAME in the SQL, or for the next ? without NAME=, or for a parameter of the saved query; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    timeout: Flags.string({ helpValue: 'DURATION', description: 'Stop a query that takes longer; 0 = no limit.', default: '60s' }),
    'max-rows': Flags.integer({ helpValue: 'N', description: 'Write at most so many rows.', min: 1 }),
    'no-pager': Flags.boolean({ description: 'Show long results as they come, and not in $PAGER.' }),
    'no-history': Flags.boolean({ description: 'Keep nothing of what is typed at the prompt, and offer nothing of before.' }),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Query)
    const { chooseQuery } = await import('../src/app/cli/choose-query.js')
    return chooseQuery(args, flags)
  }
}
