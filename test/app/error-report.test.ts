import { describe, expect, it } from 'vitest'
import { colorLevel } from '../../src/app/cli/color.js'
import { reportOf } from '../../src/app/cli/error-report.js'
import { exitCodes } from '../../src/app/exit-codes.js'
import { NothingUsable } from '../../src/app/nothing-usable.js'
import { commandLineText } from '../../src/app/run-record.js'
import { UserError } from '../../src/model/user-error.js'

describe('errors', () => {
  it('of the user: message, code 2, no stack', () => {
    expect(reportOf(new UserError('x is wrong', ['do y']), [], [])).toEqual({ message: 'x is wrong', code: 2, nextSteps: ['do y'] })
  })
  it('nothing usable: code 3', () => {
    expect(reportOf(new NothingUsable('no packets', []), [], []).code).toBe(exitCodes.nothingUsable)
  })
  it('anything else is our bug: code 70 and a stack', () => {
    const report = reportOf(new TypeError('x is not a function'), [], [])
    expect(report.code).toBe(70)
    expect(report.stack).toContain('error-report.test')
    expect(reportOf('thrown text', [], [])).toMatchObject({ code: 70, message: 'internal error: thrown text' })
  })
})

describe('colour', () => {
  const cases: [string, Parameters<typeof colorLevel>[0], number][] = [
    ['a terminal', { noColor: false, env: { TERM: 'xterm' }, isTty: true }, 1],
    ['a terminal of 256', { noColor: false, env: { TERM: 'xterm-256color' }, isTty: true }, 2],
    ['true colour', { noColor: false, env: { TERM: 'xterm', COLORTERM: 'truecolor' }, isTty: true }, 3],
    ['a pipe', { noColor: false, env: { TERM: 'xterm' }, isTty: false }, 0],
    ['TERM=dumb', { noColor: false, env: { TERM: 'dumb' }, isTty: true }, 0],
    ['NO_COLOR', { noColor: false, env: { NO_COLOR: '0', TERM: 'xterm' }, isTty: true }, 0],
    ['NO_COLOR empty', { noColor: false, env: { NO_COLOR: '', TERM: 'xterm' }, isTty: true }, 1],
    ['--no-color', { noColor: true, env: { FORCE_COLOR: '1' }, isTty: true }, 0],
    ['FORCE_COLOR into a pipe', { noColor: false, env: { FORCE_COLOR: '1' }, isTty: false }, 1],
    ['FORCE_COLOR=0', { noColor: false, env: { FORCE_COLOR: '0' }, isTty: true }, 0],
    ['NO_COLOR over FORCE_COLOR', { noColor: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' }, isTty: true }, 0],
  ]
  it.each(cases)('%s', (_, wishes, level) => expect(colorLevel(wishes)).toBe(level))
})

it('the command line can be given to a shell again', () => {
  expect(commandLineText(['analyze', 'a b.pcap', "it's", '--start=2015-08-27T08:00:00Z', '-o', '-'])).toBe(
    `audit analyze 'a b.pcap' 'it'\\''s' --start=2015-08-27T08:00:00Z -o -`,
  )
})
