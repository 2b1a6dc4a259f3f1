import { describe, expect, test } from 'vitest'
import { framesOf } from '../../src/evidence/frames.js'
import { framesText, packetRef, Trace } from '../../src/model/trace.js'

const at = { sec: 1440662455, nsec: 0 }
const trace = (...refs: number[]): Trace => {
  const whole = new Trace(refs[0]!, at, at, 0, 0)
  for (const ref of refs.slice(1)) whole.extend(new Trace(ref, at, at, 0, 0))
  return whole
}

describe('the packets of a row', () => {
  test('are read as they are written', () => {
    const request = trace(packetRef(0, 12), packetRef(0, 13), packetRef(0, 14), packetRef(0, 19))
    const response = trace(packetRef(1, 1), packetRef(1, 2), packetRef(1, 3))
    expect(framesOf(framesText(0, request, response), 1)).toEqual({
      ranges: [
        { captureId: 1, first: 12, last: 14 },
        { captureId: 1, first: 19, last: 19 },
        { captureId: 2, first: 1, last: 3 },
      ],
      widened: false,
    })
    expect(framesOf(framesText(0), 1)).toEqual({ ranges: [], widened: false })
  })

  test('may have a last range that is wider than the message', () => {
    expect(framesOf('3,5-900+', 7)).toEqual({
      ranges: [
        { captureId: 7, first: 3, last: 3 },
        { captureId: 7, first: 5, last: 900 },
      ],
      widened: true,
    })
  })

  test.each(['a', '1-', '3-2', '0', '1,,2', '1:', '9007199254740993', '-1', '1 2', '+', '1+,2'])('%j is no list of packets', (text) => {
    expect(framesOf(text, 1)).toBeNull()
  })
})
