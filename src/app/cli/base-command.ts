/** What every command shares. oclif takes each file of `commands/` for a command, so this stands here. */
import { Command } from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import { colorLevel } from './color.js'

export abstract class AuditCommand extends Command {
  static override baseFlags = {
    'no-color': Flags.boolean({ description: 'No colour, as with NO_COLOR.', helpGroup: 'GLOBAL' }),
  }

  /** The exit code. */
  abstract override run(): Promise<number>

  /** Errors are said in one place, `main`; oclif's own way prints stacks and, under --json, the whole configuration. */
  protected override async catch(error: Error): Promise<never> {
    throw error
  }

  protected colorLevel(flags: { readonly 'no-color'?: boolean }, stream: { readonly isTTY?: boolean }): number {
    return colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: stream.isTTY === true })
  }
}

export const jsonFlag = (description: string) => Flags.boolean({ description, helpGroup: 'OUTPUT' })

/** Protocols that are not built in: for every command that names protocols. */
export const pluginFlag = (description: string) => Flags.string({ helpValue: 'FILE', description, multiple: true, multipleNonGreedy: true })

/** Data goes to stdout, whole; a reader that left early is no error (main says nothing about EPIPE). */
export function writeOut(text: string): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(text, (error) => (error ? fail(error) : done()))
  })
}
