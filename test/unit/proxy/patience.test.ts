// Whose time runs, and until when.
import { describe, expect, test } from '@jest/globals'
import type { ServerResponse } from 'node:http'
import type { Destination } from '../../../src/proxy/destination.ts'
import { Patience } from '../../../src/proxy/patience.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const DESTINATION = { connectMs: 5_000, firstByteMs: 60_000, idleMs: 120_000, totalMs: 600_000 } as Destination

function create(): { clock: FakeClock; patience: Patience; queue: { writableLength: number } } {
  const clock = new FakeClock()
  const queue = { writableLength: 0 }
  const patience = new Patience({ socket: queue } as unknown as ServerResponse, clock, 60_000)
  patience.begin(DESTINATION)
  patience.attemptSent()
  return { clock, patience, queue }
}

/** Looks every 50 ms, as the product does, until somebody is late. */
function lateness(clock: FakeClock, patience: Patience, isBehind: boolean, isAnswering: boolean): [string, number] {
  for (const startedAtMs = clock.monotonicMs(); ; clock.advance(50)) {
    const nowMs = clock.monotonicMs()
    const late = patience.deadlineMs <= nowMs ? patience.findLateness(nowMs, isBehind, isAnswering) : undefined
    if (late !== undefined) return [late, nowMs - startedAtMs]
  }
}

describe('the vendor', () => {
  test('has the time to connect and to begin; from the request on, the time to begin', () => {
    const { clock, patience } = create()
    patience.attemptStarted()
    patience.attemptSent()
    expect(patience.deadlineMs).toBe(65_000)
    clock.advance(1_000)
    patience.requestProgressed()
    expect(lateness(clock, patience, false, false)).toEqual(['first_byte', 60_000])
  })

  test('may be silent for the idle time after its head and after every chunk', () => {
    const { clock, patience } = create()
    patience.attemptStarted()
    patience.attemptSent()
    patience.headArrived()
    clock.advance(100_000)
    patience.chunkRelayed(false)
    expect(lateness(clock, patience, false, true)).toEqual(['idle', 120_000])
  })

  test('has the whole time for all attempts together', () => {
    const { clock, patience } = create()
    let took = 0
    for (; clock.monotonicMs() < 700_000; clock.advance(50_000), took += 50_000) {
      patience.attemptStarted()
      patience.attemptSent()
      patience.headArrived()
      patience.chunkRelayed(false)
      if (patience.deadlineMs <= clock.monotonicMs()) break
    }
    expect(took).toBe(600_000)
    expect(patience.findLateness(clock.monotonicMs(), false, true)).toBe('total')
  })
})

describe('the client', () => {
  test('that takes nothing for the time of a stalled write is late', () => {
    const { clock, patience, queue } = create()
    patience.headArrived()
    queue.writableLength = 1_000_000
    patience.chunkRelayed(true)
    const [late, tookMs] = lateness(clock, patience, true, true)
    expect(late).toBe('client')
    expect(tookMs).toBeGreaterThanOrEqual(60_000)
    expect(tookMs).toBeLessThanOrEqual(62_000)
  })

  test('that takes a little now and then is only slow', () => {
    const { clock, patience, queue } = create()
    patience.headArrived()
    queue.writableLength = 1_000_000
    patience.chunkRelayed(true)
    for (let second = 0; second < 590; second++) {
      clock.advance(1_000)
      if (second % 50 === 0) queue.writableLength -= 100
      if (patience.deadlineMs <= clock.monotonicMs()) expect(patience.findLateness(clock.monotonicMs(), true, true)).toBeUndefined()
    }
  })

  test('that was behind and is not any more leaves the vendor its usual time', () => {
    const { clock, patience, queue } = create()
    patience.headArrived()
    queue.writableLength = 1_000_000
    patience.chunkRelayed(true)
    clock.advance(500)
    queue.writableLength = 0
    patience.chunkRelayed(false)
    expect(lateness(clock, patience, false, true)).toEqual(['idle', 120_000])
  })
})
