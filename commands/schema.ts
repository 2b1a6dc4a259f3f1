import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag, pluginFlag, writeOut } from '../src/app/cli/base-command.js'

export default class Schema extends AuditCommand {
  static override summary = 'List the tables and views of a case, or the columns of one.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> smtp',
    '<%= config.bin %> <%= command.id %> --sql > case.sql',
    '<%= config.bin %> <%= command.id %> --anomalies',
  ]
  static override args = { table: Args.string({ description: 'Show the columns of this table or view.', ignoreStdin: true }) }
  static override flags = {
    sql: Flags.boolean({ description: 'The SQL that creates it.', exclusive: ['json', 'anomalies'], helpGroup: 'OUTPUT' }),
    anomalies: Flags.boolean({
      description: 'The codes of the anomaly table and what each means.',
      exclusive: ['sql'],
      helpGroup: 'OUTPUT',
    }),
    plugin: pluginFlag('Module whose tables and codes are shown too; may be repeated. It runs with the rights of this program.'),
    json: jsonFlag('As JSON.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Schema)
    const [app, { knownProtocols }, text, { jsonDocument }, { paintFor }, { exitCodes }] = await Promise.all([
      import('../src/app/schema.js'),
      import('../src/app/known-protocols.js'),
      import('../src/report/schema-text.js'),
      import('../src/report/json-document.js'),
      import('../src/report/paint.js'),
      import('../src/app/exit-codes.js'),
    ])
    const paint = paintFor(this.colorLevel(flags, process.stdout))
    const { protocols } = await knownProtocols(flags.plugin ?? [])
    if (flags.sql) await writeOut(app.caseSql(args.table, protocols))
    else if (flags.anomalies) {
      const { anomalyCodes } = await import('../src/app/anomaly-codes.js')
      const codes = anomalyCodes(protocols)
      await writeOut(flags.json ? jsonDocument(codes) : text.anomalyCodeText(codes, paint))
    } else if (args.table === undefined) {
      const tables = app.caseSchema(protocols)
      await writeOut(flags.json ? jsonDocument(tables) : text.tableListText(tables, paint))
    } else {
      const table = app.tableInfo(args.table, protocols)
      await writeOut(flags.json ? jsonDocument(table) : text.tableText(table, paint))
    }
    return exitCodes.done
  }
}
