import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag, pluginFlag } from '../src/app/cli/base-command.js'

export default class Verify extends AuditCommand {
  static override summary = 'Check that a case is what was written, and that its captures are those it was made from.'
  static override description = [
    'Looks at the file, the seal over all rows, its signature, the custody log, and every capture: by its hash, and once more with a second reader. The case is only read.',
    '',
    'Exit codes: 0 all of it was looked at and holds; 1 something does not hold; 2 usage; 4 nothing fails, but something could not be looked at (a capture that is elsewhere, a case without seal).',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.sqlite',
    '<%= config.bin %> <%= command.id %> case.sqlite --captures /evidence --key pub.pem',
    '<%= config.bin %> <%= command.id %> case.sqlite --reproduce --json',
  ]
  static override args = {
    case: Args.string({ description: 'A case that audit analyze or audit live wrote.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    captures: Flags.string({
      helpValue: 'PATH',
      description: 'A folder or file where captures may be now; they are known by their hash. May be repeated.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    key: Flags.string({ helpValue: 'FILE', description: 'The public key (Ed25519, PEM) that the signature must hold for.' }),
    manifest: Flags.string({
      helpValue: 'FILE',
      description: 'Write what is sealed to FILE, its signature to FILE.sig and the key to FILE.pem, for other programs to check.',
    }),
    reproduce: Flags.boolean({ description: 'Analyze the captures again, as the case says it was done, and compare all rows.' }),
    'any-version': Flags.boolean({
      description: 'Reproduce though another build of this program wrote the case.',
      dependsOn: ['reproduce'],
    }),
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      description: 'Reproduce with this configuration: needed where its options name files.',
      dependsOn: ['reproduce'],
    }),
    plugin: pluginFlag('Reproduce with this plugin; one that a case names runs only if it is named here too.'),
    json: jsonFlag('The result as one JSON document.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Verify)
    const { runVerify } = await import('../src/app/cli/run-verify.js')
    return runVerify(args.case, flags, this.config.version)
  }
}
