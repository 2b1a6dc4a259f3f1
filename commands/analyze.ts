import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag } from '../src/app/cli/base-command.js'
import { decodingFlags, intelFlag, outputFlag, writingFlags } from '../src/app/cli/decoding-flags.js'

export default class Analyze extends AuditCommand {
  static override summary = 'Decode captures into a case, NDJSON documents, or both.'
  static override description = [
    'Reads pcap and pcapng, plain or compressed with gzip, zstd or lz4, told apart by content. Several captures are one timeline: a connection that crosses from one file to the next stays one connection.',
    '',
    'Exit codes: 0 done; 2 usage or configuration; 3 no packet usable from any input; 4 done, but some input was damaged, cut, unreadable or lossy (what could be read is kept); 130 or 143 interrupted (what was decoded is kept).',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> smtp.pcap',
    '<%= config.bin %> <%= command.id %> evidence/ -o case.sqlite -o case.ndjson',
    'tcpdump -w - | <%= config.bin %> <%= command.id %> - -o - | jq .query',
    '<%= config.bin %> <%= command.id %> ring*.pcapng.gz -c audit.yml --start 2015-08-27T08:00:00Z --json',
  ]
  static override args = {
    capture: Args.string({
      description: 'Files, patterns, folders (with what is below them), or - for standard input.',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    output: outputFlag(
      'case.sqlite, out.ndjson, or - for NDJSON on standard output; may be repeated. Default: <first capture>.sqlite here.',
    ),
    ...decodingFlags,
    start: Flags.string({
      helpValue: 'TIME',
      description: 'Leave out packets before: ISO 8601 (UTC unless it names a zone) or seconds since 1970.',
    }),
    end: Flags.string({ helpValue: 'TIME', description: 'Leave out packets after.' }),
    'stdin-name': Flags.string({ helpValue: 'NAME', description: 'What rows call the capture on standard input, instead of -.' }),
    intel: intelFlag('Indicators to look for in the rows of the case as findings: a plain list, a CSV or a STIX 2.1 bundle'),
    geoip: Flags.string({
      helpValue: 'FILE',
      description:
        'Database in MaxMind DB format (city, country or ASN) that fills in the places and networks of addresses; may be repeated, the first that knows a thing is believed. In place of geoip in the configuration.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...writingFlags,
    json: jsonFlag('The summary as one JSON document.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Analyze)
    const { runAnalyze } = await import('../src/app/cli/run-analyze.js')
    return runAnalyze(args.capture, flags, { version: this.config.version, argv: ['analyze', ...this.argv] })
  }
}
