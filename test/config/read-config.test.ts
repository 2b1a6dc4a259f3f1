import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig, readConfig } from '../../src/config/read-config.js'
import { defaultSettings } from '../../src/config/settings.js'
import { UserError } from '../../src/model/user-error.js'
import { sampleRegistry } from './sample-registry.js'

const settings = (text: string) => parseConfig(text, 'audit.yml', sampleRegistry).settings
const warnings = (text: string) => parseConfig(text, 'audit.yml', sampleRegistry).warnings
function problem(text: string): string {
  try {
    parseConfig(text, 'audit.yml', sampleRegistry)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return (error as Error).message
  }
  throw new Error('accepted')
}

describe('what is accepted', () => {
  it('an empty file is the defaults', () => {
    expect(settings('')).toEqual(defaultSettings(sampleRegistry))
    expect(settings('# nothing\n')).toEqual(defaultSettings(sampleRegistry))
  })

  it('the list form, with defaults filled in', () => {
    const { protocols, listed } = settings(
      'protocols:\n  - type: alpha\n    ports: [80, "8080", 9000-9002]\n    send_headers: [User-Agent]\n',
    )
    expect(listed).toBe(true)
    const alpha = protocols.get('alpha')!
    expect(alpha.enabled).toBe(true)
    expect(alpha.ports).toEqual([80, 8080, 9000, 9001, 9002])
    expect(alpha.options).toMatchObject({
      send_headers: ['User-Agent'],
      max_rows: 10,
      redact: true,
      send_request: false,
      real_ip_header: '',
    })
    expect(protocols.get('beta')!.enabled).toBe(false)
  })

  it('enabled: false in a list', () => {
    expect(settings('protocols: [{type: alpha, enabled: false}]').protocols.get('alpha')!.enabled).toBe(false)
  })

  const sameAlpha: [string, string][] = [
    ['list', 'protocols:\n- type: alpha\n  ports: [8080]\n  max_rows: 3\n'],
    ['older map', 'protocols:\n  alpha:\n    ports: 8080\n    max_rows: "3"\n'],
    ['dotted section', 'packetbeat.protocols:\n- type: alpha\n  ports: [8080]\n  max_rows: 3\n'],
    ['nested section', 'packetbeat:\n  protocols:\n  - {type: alpha, ports: [8080], max_rows: 3}\n'],
    ['dotted to the leaf', 'packetbeat.protocols.alpha.ports: [8080]\npacketbeat.protocols.alpha.max_rows: 3\n'],
    ['JSON', '{"protocols": [{"type": "alpha", "ports": [8080], "max_rows": 3}]}'],
    ['anchor and merge key', 'x: 1\nprotocols:\n- &base {type: alpha, ports: [8080], max_rows: 3}\n'.replace('x: 1\n', '')],
  ]
  it.each(sameAlpha)('%s', (_, text) => {
    const alpha = settings(text).protocols.get('alpha')!
    expect([alpha.enabled, alpha.ports, alpha.options.max_rows]).toEqual([true, [8080], 3])
  })

  it('a merge key gives what the map itself lacks', () => {
    const text = 'protocols:\n  alpha: &a {max_rows: 3, redact: false}\n  beta:\n    <<: *a\n    max_rows: 4\n'
    expect(settings(text).protocols.get('beta')!.options).toMatchObject({ max_rows: 4, redact: false })
  })

  it('flows, with durations as Beats write them', () => {
    expect(settings('flows: {enabled: true, timeout: 24h, period: -1s}').flows).toMatchObject({
      enabled: true,
      timeoutMs: 86_400_000,
      periodMs: -1,
    })
    expect(settings('packetbeat.flows:\n  timeout: 1m30s\n  period: 10s').flows).toMatchObject({
      enabled: true,
      timeoutMs: 90_000,
      periodMs: 10_000,
    })
    expect(settings('packetbeat.flows.enabled: no').flows.enabled).toBe(false)
    expect(settings('flows: {timeout: 30}').flows.timeoutMs).toBe(30_000)
  })

  it('our own keys', () => {
    expect(settings('detection: ports\nsession_events: false')).toMatchObject({ detection: 'ports', sessionEvents: false })
  })

  it('tags, fields, name', () => {
    const text =
      'name: probe-1\ntags: [dmz]\nfields: {env: prod, site.code: 7}\nfields_under_root: true\nprotocols: [{type: alpha, tags: web, fields: {a: 1}}]'
    const read = settings(text)
    expect(read).toMatchObject({ name: 'probe-1', tags: ['dmz'], fields: { env: 'prod', site: { code: 7 } }, fieldsUnderRoot: true })
    expect(read.protocols.get('alpha')).toMatchObject({ tags: ['web'], fields: { a: 1 } })
  })

  it('common options of Beats are recorded', () => {
    const alpha = settings('protocols: [{type: alpha, transaction_timeout: 10s, keep_null: true, index: x, processors: []}]').protocols.get(
      'alpha',
    )!
    expect(alpha).toMatchObject({ transactionTimeoutMs: 10_000, options: { keep_null: true, index: 'x' } })
  })

  it('interfaces', () => {
    const text =
      'packetbeat.interfaces.device: eth0\npacketbeat.interfaces.internal_networks: [private, 10.0.0.0/8, "2001:db8::/32"]\npacketbeat.interfaces.type: af_packet'
    expect(settings(text).interfaces).toMatchObject({ devices: ['eth0'], internalNetworks: ['private', '10.0.0.0/8', '2001:db8::/32'] })
    expect(settings('interfaces:\n- device: a\n- device: 2\n  snaplen: 1514').interfaces).toMatchObject({
      devices: ['a', '2'],
      snaplen: 1514,
    })
  })

  it('which processes are named, and how', () => {
    const text = 'packetbeat.procs:\n  enabled: true\n  monitored:\n    - process: mysqld\n      cmdline_grep: mysqld\n'
    expect(settings(text).processes).toEqual({ enabled: true, monitored: [{ process: 'mysqld', grep: 'mysqld' }] })
    expect(settings('procs: {monitored: []}').processes).toEqual({ enabled: false, monitored: [] })
    expect(settings('protocols: []').processes.enabled).toBe(false)
  })

  it('keys without a value are not given', () => {
    expect(settings('flows:\nprotocols:\n- type: alpha\n  ports:\n').protocols.get('alpha')!.ports).toBeUndefined()
  })

  it('a whole packetbeat.yml; what is not used is said once', () => {
    const text = `
packetbeat.interfaces.device: any
packetbeat.flows:
  timeout: 30s
  period: 10s
packetbeat.protocols:
- type: alpha
  ports: [80]
- type: beta
  ports: [53]
packetbeat.shutdown_timeout: 5s
procs.enabled: false
setup.template.settings:
  index.number_of_shards: 1
setup.kibana:
output.elasticsearch:
  hosts: ["localhost:9200"]
logging.level: debug
queue.mem.events: 4096
monitoring.enabled: true
`
    expect(settings(text).protocols.get('alpha')!.ports).toEqual([80])
    const said = warnings(text)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/not used here: .*setup\.template, setup\.kibana, output\.elasticsearch, logging, queue, monitoring/)
  })
})

describe('what is refused, with its line', () => {
  const cases: [string, string, string][] = [
    ['unknown key', '\ndetecton: ports', 'audit.yml:2: there is no setting "detecton"; did you mean "detection"?'],
    ['unknown option of procs', 'procs:\n  enable: true', 'audit.yml:2: procs has no option "enable"; did you mean "enabled"?'],
    [
      'a process without a pattern',
      'procs:\n  monitored:\n  - process: x',
      'audit.yml:3: procs.monitored[0]: want both "process" and "cmdline_grep"',
    ],
    ['unknown key without value', 'zzz:', 'audit.yml:1: there is no setting "zzz"'],
    ['unknown option', 'protocols:\n- type: alpha\n  max_row: 3', 'audit.yml:3: alpha has no option "max_row"; did you mean "max_rows"?'],
    ['option of the prototype', 'protocols:\n- type: alpha\n  constructor: 3', 'audit.yml:3: alpha has no option "constructor"'],
    ['wrong type: bool', 'protocols:\n- type: alpha\n  redact: maybe', 'audit.yml:3: protocols[0].redact: want true or false, got "maybe"'],
    [
      'wrong type: int',
      'protocols:\n- type: alpha\n  max_rows: many',
      'audit.yml:3: protocols[0].max_rows: want a whole number, got "many"',
    ],
    [
      'below the minimum',
      'protocols:\n- type: alpha\n  max_rows: 0',
      'audit.yml:3: protocols[0].max_rows: want a whole number of at least 1, got 0',
    ],
    [
      'wrong type: list',
      'protocols:\n- type: alpha\n  send_headers: {a: 1}',
      'audit.yml:3: protocols[0].send_headers: want a list of words, got a map',
    ],
    [
      'no port',
      'protocols:\n- type: alpha\n  ports: [80, 70000]',
      'audit.yml:3: protocols[0].ports: "70000" is no port (1 to 65535) and no range of ports (8000-8010)',
    ],
    ['turned range', 'protocols: [{type: alpha, ports: ["9-3"]}]', 'audit.yml:1: protocols[0].ports: "9-3" is no port'],
    ['unknown protocol', 'protocols:\n- type: alhpa', 'audit.yml:2: there is no protocol "alhpa"; did you mean "alpha"?'],
    ['protocol twice', 'protocols:\n- type: alpha\n- type: alpha', 'audit.yml:3: protocol "alpha" is given twice, first on line 2'],
    ['no type', 'protocols:\n- ports: [80]', 'audit.yml:2: protocols[0]: want a map with "type", got a map'],
    ['key twice', 'detection: ports\ndetection: content', 'audit.yml:2: "detection" is given twice, first on line 1'],
    [
      'key twice, dotted',
      'packetbeat.flows.timeout: 3s\nflows: {timeout: 4s}',
      'audit.yml:1: "packetbeat.flows" is given twice, first as "flows" on line 2',
    ],
    ['not YAML', 'flows: {timeout: 3s', 'audit.yml:1: not valid YAML: '],
    ['a list', '- a\n- b', 'audit.yml:1: want a map of settings, got a list'],
    ['a text', 'hello', 'audit.yml:1: want a map of settings, got "hello"'],
    ['no duration', 'flows:\n  timeout: soon', 'audit.yml:2: flows.timeout: want a duration such as 30s, 10m or 24h, got "soon"'],
    ['too short', 'flows:\n  timeout: 10ms', 'audit.yml:2: flows.timeout: want a duration of at least 1s, got "10ms"'],
    ['negative timeout', 'flows:\n  timeout: -1s', 'audit.yml:2: flows.timeout: want a duration of at least 1s, got "-1s"'],
    ['unknown in flows', 'flows:\n  timeouts: 10s', 'audit.yml:2: flows has no option "timeouts"; did you mean "timeout"?'],
    ['detection', 'detection: port', 'audit.yml:1: detection: want content or ports, got "port"; did you mean "ports"?'],
    [
      'an unknown processor',
      'processors:\n- drop_evnt:\n    when.equals.status: OK',
      'audit.yml:2: processor "drop_evnt" is not carried out; did you mean "drop_event"?; ignoring it could leak data',
    ],
    [
      'processors of a protocol',
      'protocols:\n- type: alpha\n  processors:\n  - rename: {}',
      'audit.yml:4: processor "rename" is not carried out; ignoring it could leak data',
    ],
    [
      'a processor of flows',
      'flows:\n  processors:\n  - drop_fields: {field: [a]}',
      'audit.yml:3: processor drop_fields has no option "field"',
    ],
    ['a processor without fields', 'processors:\n- drop_fields: {}', 'audit.yml:2: processor drop_fields needs "fields"'],
    ['a condition', 'processors:\n- drop_event.when.equal.a: 1', 'audit.yml:2: there is no condition "equal"; did you mean "equals"?'],
    [
      'a range',
      'processors:\n- drop_event.when.range.a.over: 1',
      'audit.yml:2: processors[0].drop_event.when.range.a.over: want one of gte, gt, lte, lt',
    ],
    [
      'a pattern',
      'processors:\n- drop_fields: {fields: ["/(/"]}',
      'audit.yml:2: processors[0].drop_fields.fields: "(" is no regular expression',
    ],
    [
      'a network of a condition',
      'processors:\n- drop_event.when.network.a: home',
      '"home" is no network (10.0.0.0/8, private, loopback...)',
    ],
    ['environment', 'name: $' + '{HOST}', 'audit.yml:1: name: "$' + '{HOST}" asks for an environment variable; write the value itself'],
    [
      'network',
      'interfaces:\n  internal_networks: [privat]',
      'audit.yml:2: interfaces.internal_networks: "privat" is no network such as 10.0.0.0/8 and no name of one; did you mean "private"?',
    ],
    ['interface option', 'interfaces:\n  snaplenn: 1', 'audit.yml:2: interfaces has no option "snaplenn"; did you mean "snaplen"?'],
    [
      'one port, two protocols',
      'detection: ports\nprotocols:\n- {type: alpha, ports: [80]}\n- {type: beta, ports: [80]}',
      'audit.yml: port 80 belongs to both alpha and beta',
    ],
  ]
  it.each(cases)('%s', (_, text, message) => {
    expect(problem(text)).toContain(message)
  })

  it('all of it at once, in the order of lines', () => {
    expect(problem('zzz: 1\nflows: {timeout: x}\nprotocols: [{type: nothing-like-it}]').split('\n')).toHaveLength(3)
  })

  it('does not blow up on aliases of aliases', () => {
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 12; i++)
      rows.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(problem(rows.join('\n'))).toMatch(/values, aliases followed|there is no setting/)
  })

  it('does not blow up on deep nesting', () => {
    expect(problem(`fields: ${'['.repeat(5000)}${']'.repeat(5000)}`)).toMatch(/nested|not valid YAML/)
  })
})

describe('the file', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'config-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const written = async (name: string, text: string, mode: number): Promise<string> => {
    const file = join(dir, name)
    await writeFile(file, text)
    await chmod(file, mode)
    return file
  }

  const credentials: [string, string, number][] = [
    ['password', 'output.elasticsearch.password: s3cret', 1],
    ['api_key', 'output.elasticsearch:\n  api_key: "id:key"', 2],
    ['username', 'output.elasticsearch:\n  username: elastic', 2],
    ['in a URL', 'output.elasticsearch:\n  hosts: ["https://u:p@es:9200"]', 2],
    ['cloud', 'cloud.auth: "elastic:pass"', 1],
  ]
  it.each(credentials)('readable by others with a credential is refused: %s', async (name, text, line) => {
    const file = await written(`${name.replaceAll(' ', '-')}.yml`, text, 0o644)
    const error = await readConfig(file, sampleRegistry).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toContain(`${file}:${line}: holds a credential`)
    expect((error as UserError).nextSteps).toEqual([`chmod 0600 ${file}`])
    await chmod(file, 0o600)
    await expect(readConfig(file, sampleRegistry)).resolves.toBeDefined()
  })

  it('readable by others without one is fine', async () => {
    const file = await written(
      'plain.yml',
      'output.elasticsearch.password: $' + '{ES_PWD}\nprotocols: [{type: alpha, send_headers: [password]}]',
      0o644,
    )
    await expect(readConfig(file, sampleRegistry)).resolves.toBeDefined()
  })

  it('that does not exist', async () => {
    await expect(readConfig(join(dir, 'none.yml'), sampleRegistry)).rejects.toThrow('the configuration cannot be read (no such file)')
    await expect(readConfig(dir, sampleRegistry)).rejects.toThrow('it is a directory')
  })
})
