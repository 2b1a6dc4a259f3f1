import * as Args from '@oclif/core/args'
import { AuditCommand } from '../src/app/cli/base-command.js'

export default class Help extends AuditCommand {
  static override summary = 'Show what a command does and takes.'
  static override args = { command: Args.string({ description: 'The command; without one, all are listed.', ignoreStdin: true }) }

  async run(): Promise<number> {
    const { args } = await this.parse(Help)
    const [{ loadHelpClass }, { exitCodes }] = await Promise.all([import('@oclif/core/help'), import('../src/app/exit-codes.js')])
    const HelpClass = await loadHelpClass(this.config)
    await new HelpClass(this.config).showHelp(args.command === undefined ? [] : [args.command])
    return exitCodes.done
  }
}
