/** Flags of every command that decodes packets, and what they mean together: declared once, so that help and behaviour agree. */
import * as Flags from '@oclif/core/flags'
import { UserError } from '../../model/user-error.js'
import { pluginFlag } from './base-command.js'

/** @param targets what -o takes, and what it is when nothing is given */
export const outputFlag = (targets: string) =>
  Flags.string({ char: 'o', helpValue: 'TARGET', description: targets, multiple: true, multipleNonGreedy: true })

/** What is decoded, and how. */
export const decodingFlags = {
  config: Flags.string({ char: 'c', helpValue: 'FILE', description: 'Configuration: audit.yml, or a packetbeat.yml as it is.' }),
  protocol: Flags.string({
    char: 'p',
    helpValue: 'NAME',
    description: 'Decode only this protocol; may be repeated.',
    multiple: true,
    multipleNonGreedy: true,
  }),
  port: Flags.string({
    helpValue: 'NAME=PORT',
    description: 'Ports where a protocol is expected, such as http=8080,8000; may be repeated.',
    multiple: true,
    multipleNonGreedy: true,
  }),
  plugin: pluginFlag('Module with a protocol of your own; may be repeated. It runs with the rights of this program.'),
}

/** How strictly packets are taken, and how openly rows are written. */
export const writingFlags = {
  'show-secrets': Flags.boolean({ description: 'Write passwords, tokens and the like unmasked. The case records it.' }),
  'strict-checksums': Flags.boolean({ description: 'Leave out packets whose checksum is wrong, instead of counting them.' }),
  sign: Flags.string({ helpValue: 'FILE', description: 'Sign the seal of the case with this private key (Ed25519, PEM).' }),
}

/** The flags as they come out of the command line. */
export interface DecodingFlags {
  readonly output?: readonly string[] | undefined
  readonly config?: string | undefined
  readonly protocol?: readonly string[] | undefined
  readonly port?: readonly string[] | undefined
  readonly plugin?: readonly string[] | undefined
  readonly 'show-secrets'?: boolean
  readonly 'strict-checksums'?: boolean
  readonly sign?: string | undefined
  readonly json?: boolean
  readonly 'no-color'?: boolean
}

/** The flags as options of a run. */
export const decodingOptions = (flags: DecodingFlags) => ({
  config: flags.config,
  protocols: flags.protocol ?? [],
  ports: flags.port ?? [],
  plugins: flags.plugin ?? [],
})

/** Where documents go, and whether the one standard output is asked for twice. */
export function outputsOf({ output = [], json }: DecodingFlags): {
  readonly outputs: readonly string[]
  readonly documentsOnStdout: boolean
} {
  const documentsOnStdout = output.includes('-')
  if (documentsOnStdout && json)
    throw new UserError('-o - and --json both want standard output', ['send the documents to a file: -o out.ndjson'])
  return { outputs: output, documentsOnStdout }
}
