/** The unit of a session: what it says, that systemd takes it, and that installing it twice is installing it once. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it, test } from 'vitest'
import { runService, serviceArguments, unitName, unitOf } from '../../src/app/cli/install-service.js'
import type { LiveFlags } from '../../src/app/cli/run-live.js'
import { MARK, quotedArgument, quotedPath, serviceUnit } from '../../src/app/cli/service-unit.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'units-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const flags = (change: Partial<LiveFlags> = {}): LiveFlags => ({
  'ring-file-size': '100MB',
  'ring-file-time': '1h',
  'ring-total': '10GB',
  'ring-full': 'oldest',
  'capture-with': 'auto',
  'install-service': true,
  ...change,
})
const wishes = (change: Partial<LiveFlags> = {}, ...argv: string[]) => ({
  interfaces: ['eth0'],
  flags: flags(change),
  argv: ['live', 'eth0', ...argv, '--install-service'],
})

test('words are quoted so that systemd takes them as they are', () => {
  expect(quotedArgument(`50% of "it" costs $5 \\ 'x'; é`)).toBe(`"50%% of \\"it\\" costs $$5 \\\\ 'x'; é"`)
  expect(quotedPath('/a b/$x/%i')).toBe('"/a b/$x/%%i"')
  for (const bad of ['a\nExecStartPre=/bin/sh', 'a\rb', 'a\0b', 'a\x7fb', 'a\tb']) {
    expect(() => quotedArgument(bad)).toThrow(/control character/)
    expect(() => quotedPath(bad)).toThrow(/control character/)
  }
})

test('files become whole paths, flags about the unit go', () => {
  expect(
    serviceArguments([
      'live',
      'eth0',
      '-c',
      'a.yml',
      '--config=b.yml',
      '-cc.yml',
      '-w',
      'ring',
      '--write=/r',
      '--user',
      'x',
      '--user=y',
      '-f',
      'tcp port 80',
      '--plugin',
      'p.mjs',
      '--install-service',
      '--no-color',
    ]),
  ).toEqual([
    'live',
    'eth0',
    '--config',
    resolve('a.yml'),
    '--config',
    resolve('b.yml'),
    '--config',
    resolve('c.yml'),
    '--write',
    'ring',
    '--write',
    '/r',
    '-f',
    'tcp port 80',
    '--plugin',
    resolve('p.mjs'),
  ])
})

test('the unit has the one right and the folders that are written to', () => {
  const text = unitOf(wishes({ user: 'capture', write: '/data/ring 1' }, '-w', '/data/ring 1', '--user', 'capture'))
  expect(text.startsWith(MARK)).toBe(true)
  const lines = text.split('\n')
  for (const line of [
    'Type=notify',
    'ExecReload=/bin/kill -HUP $MAINPID',
    'User=capture',
    'CapabilityBoundingSet=CAP_NET_RAW',
    'AmbientCapabilities=CAP_NET_RAW',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ReadWritePaths="/data/ring 1"',
    'UMask=0077',
    'WatchdogSec=60s',
  ])
    expect(lines).toContain(line)
  expect(text).not.toContain('MemoryDenyWriteExecute=yes')
  expect(unitOf(wishes())).toContain('\nDynamicUser=yes\n')
  expect(unitName(['eth0', 'br-é/1'])).toBe('audit-live-eth0-br-_1')
})

test('what a service cannot do is refused', () => {
  expect(() => unitOf(wishes({ output: ['a.sqlite'] }))).toThrow(/new case at each start/)
  expect(() => unitOf(wishes({ duration: '1h' }))).toThrow(/until it is stopped/)
  expect(() => unitOf(wishes({ write: '/data' }))).toThrow(/nobody owns/)
  expect(() => unitOf(wishes({ sign: 'key.pem' }))).toThrow(/cannot read the key/)
  expect(unitOf(wishes({ sign: 'key.pem', user: 'auditor' }, '--sign', 'key.pem'))).toContain(`"--sign" "${resolve('key.pem')}"`)
  expect(() => unitOf(wishes({ user: 'a b\nRoot=x' }))).toThrow(/not the name of a user/)
  expect(() => unitOf(wishes({}, '-f', 'a\nb'))).toThrow(/control character/)
})

const analyzer = (() => {
  try {
    return execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' })
  } catch {
    return undefined
  }
})()
if (analyzer === undefined) it.skip('systemd takes the unit: there is no systemd-analyze here')

test.skipIf(analyzer === undefined)('systemd takes the unit as it is', () => {
  const unit = join(folder, 'audit-live-eth0.service')
  writeFileSync(
    unit,
    serviceUnit({
      name: 'audit-live-eth0',
      interfaces: ['eth0', '100%'],
      command: [process.execPath, '/opt/audit/run.js', 'live', 'eth0', '-f', `host "a" and 50% or $HOME \\ ; 'x`],
      user: undefined,
      writes: ['/var/tmp', '/var/lib'],
    }),
  )
  // Everything that it does not understand is a line on standard error; the exit code alone passes over unknown settings.
  const said = execFileSync('sh', ['-c', 'systemd-analyze verify --man=no "$1" 2>&1', 'sh', unit], { encoding: 'utf8' })
  expect(said.split('\n').filter((line) => line.includes('audit-live'))).toEqual([])
  writeFileSync(unit, readFileSync(unit, 'utf8').replace('Type=notify', 'Type=nonsense'))
  const wrong = execFileSync('sh', ['-c', 'systemd-analyze verify --man=no "$1" 2>&1 || true', 'sh', unit], { encoding: 'utf8' })
  expect(wrong).toContain('nonsense')
})

test('twice is once, changed flags are written, a stranger stays, and it can go again', async () => {
  const place = { folder: mkdtempSync(join(folder, 'etc-')), uid: 0, systemctl: (...args: string[]) => void calls.push(args.join(' ')) }
  const calls: string[] = []
  const said: string[] = []
  const run = (given: ReturnType<typeof wishes>, at = place) => runService(given, (line) => said.push(line), at)
  const path = join(place.folder, 'audit-live-eth0.service')

  expect(await run(wishes())).toBe(0)
  expect(statSync(path).mode & 0o777).toBe(0o644)
  const first = readFileSync(path, 'utf8')
  expect(await run(wishes())).toBe(0)
  expect(said.at(-1)).toBe(`${path} is unchanged`)
  expect(calls).toEqual(['daemon-reload'])
  await run(wishes({}, '-f', 'tcp'))
  expect(said.at(-2)).toBe(`${path} is written anew`)
  expect(readFileSync(path, 'utf8')).not.toBe(first)
  expect(readdirSync(place.folder)).toEqual(['audit-live-eth0.service'])

  const nobody = { ...place, uid: 1000 }
  await expect(run(wishes(), nobody)).rejects.toMatchObject({
    message: `only root can write ${path}`,
    nextSteps: [expect.stringMatching(/^sudo \S*node \S*run\.js live eth0 --install-service$/)],
  })
  await run({ ...wishes({ 'install-service': false, 'uninstall-service': true }) })
  expect(readdirSync(place.folder)).toEqual([])
  expect(calls.slice(-2)).toEqual(['disable --now audit-live-eth0.service', 'daemon-reload'])

  writeFileSync(path, '[Service]\nExecStart=/bin/true\n')
  await expect(run(wishes())).rejects.toThrow(/not written by this program/)
  await expect(run(wishes({ 'uninstall-service': true }))).rejects.toThrow(/not written by this program/)
  await expect(run(wishes({ user: 'x', write: '/no/such' }), { ...place, folder: mkdtempSync(join(folder, 'e-')) })).rejects.toMatchObject({
    nextSteps: ['sudo install -d -m 0700 -o x /no/such   makes it'],
  })
})
