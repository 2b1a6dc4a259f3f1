import * as Args from '@oclif/core/args'
import { AuditCommand, writeOut } from '../src/app/cli/base-command.js'

export default class Completion extends AuditCommand {
  static override summary = 'Print a script that completes commands, flags and names in your shell.'
  static override examples = ['source <(<%= config.bin %> <%= command.id %> bash)', '<%= config.bin %> <%= command.id %> zsh >> ~/.zshrc']
  static override args = {
    shell: Args.string({ description: 'Which shell.', options: ['bash', 'zsh'], required: true, ignoreStdin: true }),
  }

  async run(): Promise<number> {
    const { args } = await this.parse(Completion)
    const [{ completionScript, shells }, { caseSchema }, { listProtocols }, { allSaved }, { exitCodes }] = await Promise.all([
      import('../src/app/cli/completion.js'),
      import('../src/app/schema.js'),
      import('../src/app/protocols.js'),
      import('../src/app/saved-queries.js'),
      import('../src/app/exit-codes.js'),
    ])
    const names = listProtocols().map(({ name }) => name)
    const saved = allSaved({ env: process.env }).queries.map(({ name }) => name)
    const ids = this.config.commands.map(({ id }) => id).sort()
    const firstWords: Readonly<Record<string, readonly string[]>> = {
      protocols: names,
      schema: caseSchema().map(({ name }) => name),
      completion: shells,
      help: ids,
    }
    const commands = ids.map((id) => ({
      id,
      words: firstWords[id],
      flags: Object.values(this.config.findCommand(id, { must: true }).flags).map((flag) => ({
        name: flag.name,
        char: flag.char,
        boolean: flag.type === 'boolean',
        options: flag.type === 'option' ? flag.options : undefined,
      })),
    }))
    await writeOut(completionScript(args.shell === 'zsh' ? 'zsh' : 'bash', commands, { protocol: names, name: saved, show: saved }))
    return exitCodes.done
  }
}
