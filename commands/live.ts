import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { AuditCommand, jsonFlag } from '../src/app/cli/base-command.js'
import { decodingFlags, outputFlag, writingFlags } from '../src/app/cli/decoding-flags.js'

export default class Live extends AuditCommand {
  static override summary = 'Decode what passes an interface while it passes, through libpcap, dumpcap or tcpdump.'
  static override description = [
    'Writes a case that can be queried while the session runs, documents, or both; with -w the packets too, as a ring of pcapng files that audit analyze reads to the same rows. Ends with Ctrl-C, SIGTERM, --duration or --packets, and then decodes all that was captured; a second Ctrl-C ends at once and leaves what was committed, a second old at most.',
    '',
    'Exit codes: 0 done, also after Ctrl-C; 2 usage, configuration, or no right to capture; 3 no packet came; 4 done, but packets were lost (unless --allow-loss) or the session ended early.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> eth0',
    '<%= config.bin %> <%= command.id %> eth0 eth1 -w ring/ --ring-total 20GB -o case.sqlite',
    '<%= config.bin %> <%= command.id %> any -f "tcp port 5432" -o - | jq .query',
    '<%= config.bin %> <%= command.id %> lo --duration 10m --json',
  ]
  // Interfaces and options in any order.
  static override strict = true
  static override args = {
    interface: Args.string({
      description: 'Names or numbers from audit interfaces; any is all of them. Default: those of the configuration.',
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    output: outputFlag(
      'case.sqlite (a new one), out.ndjson, or - for NDJSON on standard output; may be repeated. Default: <interface>-<time>.sqlite here.',
    ),
    write: Flags.string({ char: 'w', helpValue: 'FOLDER', description: 'Keep the packets: a ring of pcapng files with their SHA-256.' }),
    filter: Flags.string({ char: 'f', helpValue: 'BPF', description: "Take only what passes this filter, in libpcap's language." }),
    'print-filter': Flags.boolean({ description: 'Print the filter that the session would take, and end.' }),
    duration: Flags.string({ helpValue: 'TIME', description: 'End after so long: 30s, 10m, 24h.' }),
    packets: Flags.integer({ helpValue: 'N', min: 1, description: 'End after so many packets.' }),
    ...decodingFlags,
    snaplen: Flags.integer({ helpValue: 'BYTES', min: 64, max: 262_144, description: 'Take at most so much of each packet.' }),
    'buffer-size': Flags.string({ helpValue: 'SIZE', description: "The system's buffer for packets not taken yet, such as 64MB." }),
    'no-promiscuous': Flags.boolean({ description: 'Only what is addressed to this host.' }),
    'ignore-outgoing': Flags.boolean({ description: 'Leave out what this host sends.' }),
    'ring-file-size': Flags.string({ helpValue: 'SIZE', default: '100MB', description: 'Begin another file after so much.' }),
    'ring-file-time': Flags.string({ helpValue: 'TIME', default: '1h', description: 'Begin another file after so long.' }),
    'ring-total': Flags.string({ helpValue: 'SIZE', default: '10GB', description: 'Remove the oldest files beyond this sum.' }),
    'ring-full': Flags.string({
      options: ['oldest', 'stop'],
      default: 'oldest',
      description: 'When the disk is full: remove the oldest file, or end the session.',
    }),
    'allow-loss': Flags.boolean({ description: 'Packets that were not captured do not change the exit code.' }),
    metrics: Flags.string({
      helpValue: 'PORT',
      description:
        'Serve metrics for Prometheus to this host alone: http://127.0.0.1:PORT/metrics; ADDRESS:PORT for another loopback address.',
    }),
    processes: Flags.boolean({
      description: 'Name the processes of this host behind the sockets (Linux); as procs.enabled of a configuration.',
    }),
    'capture-with': Flags.string({
      options: ['auto', 'libpcap', 'dumpcap', 'tcpdump'],
      default: 'auto',
      description: 'What takes the packets. auto: libpcap in this process, or where that cannot be or may not, dumpcap, then tcpdump.',
    }),
    user: Flags.string({ helpValue: 'NAME', description: 'Go on as this user once the devices are open. Default: who called sudo.' }),
    ...writingFlags,
    json: jsonFlag('The state once a second and the summary at the end, a JSON document each.'),
  }

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Live)
    const { runLive } = await import('../src/app/cli/run-live.js')
    return runLive(args.interface ?? [], flags, { version: this.config.version, argv: ['live', ...this.argv] })
  }
}
