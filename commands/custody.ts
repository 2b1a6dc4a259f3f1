import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag } from '../src/app/cli/base-command.js'

export default class Custody extends AuditCommand {
  static override summary = 'Keep a log of who had a case, when, where and why.'
  static override description = [
    'Each entry holds the hash of the one before and of the seal, so that a change of the log shows. Entries are added, never changed.',
    '',
    'Exit codes: 0 done; 1 the log was changed; 2 usage.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> add case.sqlite --who "A. Jones" --where "lab 2" --why "received from B. Smith"',
    '<%= config.bin %> <%= command.id %> show case.sqlite',
  ]
  static override args = {
    action: Args.string({ description: 'What to do with the log.', options: ['add', 'show'], required: true, ignoreStdin: true }),
    case: Args.string({ description: 'A case that audit analyze or audit live wrote.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    who: Flags.string({ helpValue: 'TEXT', description: 'add: the person who has the case from then on, or acted on it.' }),
    where: Flags.string({ helpValue: 'TEXT', description: 'add: the place.' }),
    why: Flags.string({ helpValue: 'TEXT', description: 'add: the reason.' }),
    when: Flags.string({
      helpValue: 'TIME',
      description: 'add: ISO 8601 (UTC unless it names a zone) or seconds since 1970. Default: now.',
    }),
    note: Flags.string({ helpValue: 'TEXT', description: 'add: anything else.' }),
    sign: Flags.string({ helpValue: 'FILE', description: 'add: sign the entry with this private key (Ed25519, PEM).' }),
    json: jsonFlag('The log, or the entry, as one JSON document.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Custody)
    const { addEntry, showLog } = await import('../src/app/cli/run-custody.js')
    return args.action === 'add' ? addEntry(args.case, flags, this.config.version) : showLog(args.case, flags)
  }
}
