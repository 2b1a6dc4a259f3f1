/** The generated parts of the docs: each reads the declaration that the program itself runs on. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core/command'
import { stringify } from 'yaml'
import { anomalyCodes } from '../src/app/anomaly-codes.js'
import { exitCodes } from '../src/app/exit-codes.js'
import { allSaved } from '../src/app/saved-queries.js'
import { type ColumnInfo, caseSchema, tableInfo } from '../src/app/schema.js'
import { defaultSettings, settingsDocument } from '../src/config/settings.js'
import type { AnyProtocol } from '../src/protocols/protocol.js'
import { protocols } from '../src/protocols/registry.js'
import { signature } from '../src/query/saved/values.js'
import { metrics } from '../src/report/metrics-text.js'
import type { TableSchema } from '../src/schema/fields.js'
import { fieldTable } from '../src/schema/markdown.js'
import { commonOptions, type OptionSet } from '../src/schema/options.js'
import { captureTable, flowTable, transactionFields } from '../src/schema/tables.js'
import { sinkKinds } from '../src/sinks/registry.js'

const MAX_EXAMPLE = 60

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``)
const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const protocolOf = (name: string): AnyProtocol => {
  const found = protocols.find((protocol) => protocol.name === name)
  if (!found) throw new Error(`there is no protocol "${name}"`)
  return found
}

/** What every exit code means; a code without a sentence does not compile. */
const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'Done.',
  no: 'The answer is no: a check failed.',
  usage: 'Wrong usage, configuration or SQL.',
  nothingUsable: 'No packet could be used from any input; nothing was written.',
  damaged: 'Done, but some input was damaged, cut, unreadable or lossy. What could be read is kept.',
  bug: 'A bug of this program; please report it with the stack it prints.',
  timeLimit: "A query's time limit was reached.",
  interrupted: 'Interrupted by Ctrl-C; what was decoded is kept.',
  terminated: 'Ended by SIGTERM; what was decoded is kept.',
}

const protocolList = (folder = ''): string =>
  table(
    ['protocol', 'over', 'known ports', 'a row is'],
    protocols.map(({ name, transports, ports, doc }) => [
      `[${name}](${folder}${name}.md)`,
      transports.join(', '),
      ports.join(', ') || '-',
      cell(doc),
    ]),
  )

function protocolFacts(name: string): string {
  const { doc, transports, ports, spec } = protocolOf(name)
  const known = ports.length > 0 ? `${ports.join(', ')} (a hint; the content decides)` : 'none'
  return [
    `- A row is: ${cell(doc)}`,
    `- Over: ${transports.join(', ')}`,
    `- Known ports: ${known}`,
    `- Specified in: ${spec.join(', ')}`,
  ].join('\n')
}

function optionTable(options: OptionSet): string {
  const rows = Object.entries(options).map(([name, { kind, fallback, doc }]) => [
    code(name),
    kind,
    code(JSON.stringify(fallback)),
    cell(doc),
  ])
  return rows.length === 0 ? 'None beside those of every protocol.' : table(['option', 'type', 'default', 'meaning'], rows)
}

/** Those of a protocol alone: `send_request` and its like are declared by some protocols again. */
const ownOptions = (name: string): OptionSet =>
  Object.fromEntries(Object.entries(protocolOf(name).options as OptionSet).filter(([option]) => !(option in commonOptions)))

function anomalyTable(who: string): string {
  const own = (codeText: string): boolean => protocols.some(({ name }) => codeText.startsWith(`${name}.`))
  const wanted = who === 'engine' ? (text: string) => !own(text) : (text: string) => text.startsWith(`${who}.`)
  const rows = anomalyCodes(protocols).filter((one) => wanted(one.code))
  return rows.length === 0
    ? 'None.'
    : table(
        ['code', 'meaning'],
        rows.map((one) => [code(one.code), cell(one.doc)]),
      )
}

const exampleOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one))
  return code(text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE - 1)}\u2026` : text)
}

const columnTable = (columns: readonly ColumnInfo[]): string =>
  table(
    ['column', 'type', 'meaning', 'example'],
    columns.map(({ name, type, nullable, doc, example }) => [
      code(name),
      `${type}${nullable ? ', may be NULL' : ''}`,
      cell(doc),
      exampleOf(example),
    ]),
  )

/** Fields that reach documents, by their names there. */
function documentTable(schema: TableSchema): string {
  const rows = Object.entries(schema.fields)
    .filter(([, field]) => field.only !== 'case' && field.path !== undefined)
    .map(([, field]) => [
      [field.path]
        .flat()
        .map((path) => code(String(path)))
        .join('<br>'),
      cell(field.doc),
      exampleOf(field.example),
    ])
  return table(['in documents', 'meaning', 'example'], rows)
}

const documentSchemas: Readonly<Record<string, TableSchema>> = {
  transaction: { name: 'tx', doc: '', fields: transactionFields },
  flow: flowTable,
  capture: captureTable,
}

const tableList = (): string =>
  table(
    ['name', 'kind', 'a row is'],
    caseSchema().map(({ name, kind, doc }) => [code(name), kind, cell(doc)]),
  )

const exitTable = (): string =>
  table(
    ['code', 'meaning'],
    Object.entries(exitCodes).map(([name, number]) => [String(number), exitMeanings[name as keyof typeof exitCodes]]),
  )

const sinkTable = (): string =>
  table(
    ['kind', 'what it is'],
    sinkKinds.map(({ name, doc }) => [name, cell(doc)]),
  )

const metricTable = (): string =>
  table(
    ['metric', 'type', 'labels', 'meaning'],
    Object.entries(metrics).map(([name, { type, labels, help }]) => [code(name), type, labels.map(code).join(', '), cell(help)]),
  )

/** The whole configuration with every default, as YAML that the program reads. */
const defaultConfiguration = (): string =>
  `\`\`\`yaml\n${stringify(settingsDocument(defaultSettings(protocols)), { lineWidth: 140, aliasDuplicateObjects: false }).trimEnd()}\n\`\`\``

const BIN = 'audit'
type Arg = Command.Class['args'][string]
type Flag = Command.Class['flags'][string]

/** The files of commands/ are the commands: there is no list to keep. */
export async function loadCommands(): Promise<{ id: string; command: Command.Class }[]> {
  const folder = join(import.meta.dirname, '../commands')
  const files = readdirSync(folder).filter((file) => /(?<!\.d)\.[jt]s$/.test(file))
  return await Promise.all(
    files.sort().map(async (file) => {
      const module = (await import(pathToFileURL(join(folder, file)).href)) as { default: Command.Class }
      return { id: file.replace(/\.[jt]s$/, ''), command: module.default }
    }),
  )
}

const fill = (text: string, id: string): string => text.replaceAll('<%= config.bin %>', BIN).replaceAll('<%= command.id %>', id)

const argName = (name: string, { required, multiple }: { required?: boolean; multiple?: boolean }): string => {
  const word = `${name.toUpperCase()}${multiple ? '...' : ''}`
  return required ? word : `[${word}]`
}

function flagName(name: string, flag: Flag): string {
  const value = flag.type === 'option' ? ` ${flag.helpValue ?? (flag.options ? 'NAME' : 'VALUE')}` : ''
  return `${flag.char ? `-${flag.char}, ` : ''}--${name}${value}`
}

function flagText(flag: Flag): string {
  const parts = [flag.description ?? '']
  if (flag.type === 'option' && flag.options) parts.push(`One of: ${flag.options.join(', ')}.`)
  if (flag.type === 'option' && typeof flag.default === 'string') parts.push(`Default: ${flag.default}.`)
  if (flag.exclusive && flag.exclusive.length > 0)
    parts.push(`Not together with ${flag.exclusive.map((other) => `--${other}`).join(', ')}.`)
  return cell(parts.join(' '))
}

function commandSection(id: string, command: Command.Class): string {
  const args = Object.entries(command.args ?? {}) as [string, Arg][]
  const flags = (Object.entries({ ...command.flags, ...command.baseFlags }) as [string, Flag][]).filter(([, flag]) => !flag.hidden)
  const usage = [BIN, id, ...args.map(([name, arg]) => argName(name, arg as { required?: boolean; multiple?: boolean })), '[flags]']
  const lines = [`## ${BIN} ${id}`, '', cell(command.summary ?? ''), '', `    ${usage.join(' ')}`, '']
  if (command.description) lines.push(fill(command.description, id), '')
  if (args.length > 0)
    lines.push(
      table(
        ['argument', 'meaning'],
        args.map(([name, arg]) => [
          code(name.toUpperCase()),
          cell(`${arg.description ?? ''}${arg.options ? ` One of: ${arg.options.join(', ')}.` : ''}`),
        ]),
      ),
      '',
    )
  lines.push(
    table(
      ['flag', 'meaning'],
      flags.map(([name, flag]) => [code(flagName(name, flag)), flagText(flag)]),
    ),
  )
  const examples = (command.examples ?? []).filter((example): example is string => typeof example === 'string')
  if (examples.length > 0) lines.push('', 'For example:', '', ...examples.map((example) => `    ${fill(example, id)}`))
  return lines.join('\n')
}

/** Those of the program alone, whatever the user who makes the docs has of their own. */
function savedQueryTable(): string {
  const { queries } = allSaved({ env: { XDG_CONFIG_HOME: '/nonexistent' } })
  return table(
    ['name', 'answers', 'parameters'],
    queries.map(({ name, description, parameters }) => [
      code(name),
      cell(description),
      parameters.map((one) => code(signature(one))).join(' '),
    ]),
  )
}

const commandPages = async (): Promise<string> => (await loadCommands()).map(({ id, command }) => commandSection(id, command)).join('\n\n')

/** Name of a part -> what stands between its markers; the words behind the name are arguments. */
export const parts: Readonly<Record<string, (argument: string) => string | Promise<string>>> = {
  protocols: (folder) => protocolList(folder),
  protocol: protocolFacts,
  fields: (name) => fieldTable(protocolOf(name)),
  options: (name) => optionTable(name === 'common' ? commonOptions : ownOptions(name)),
  anomalies: anomalyTable,
  tables: tableList,
  columns: (name) => columnTable(tableInfo(name).columns),
  documents: (kind) => {
    const schema = documentSchemas[kind]
    if (!schema) throw new Error(`there are no documents "${kind}"`)
    return documentTable(schema)
  },
  commands: commandPages,
  'exit-codes': exitTable,
  sinks: sinkTable,
  metrics: metricTable,
  'saved-queries': savedQueryTable,
  configuration: defaultConfiguration,
}
