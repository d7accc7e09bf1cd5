import { describe, expect, it } from 'vitest'
import { WatchSchedule } from '../src/watch/watch-schedule.ts'

const TIMES = { quietTimeMs: 10, maxDelayMs: 100, minIntervalMs: 50, fullScanEveryMs: 1000 }

function scanned(at: number, times = {}): WatchSchedule {
  const schedule = new WatchSchedule({ ...TIMES, ...times })
  schedule.begins(at)
  schedule.ended(at, { lookedAtAll: true })
  return schedule
}

describe('when the next version begins', () => {
  it('is at once at first, and looks at everything', () => {
    const schedule = new WatchSchedule(TIMES)
    expect(schedule.dueAt).toBe(Number.NEGATIVE_INFINITY)
    expect(schedule.isScanDue(0)).toBe(true)
  })

  it('is when everything is due again, where nothing happens', () => {
    const schedule = scanned(0)
    expect(schedule.dueAt).toBe(1000)
    expect([schedule.isScanDue(999), schedule.isScanDue(1000)]).toEqual([false, true])
  })

  it('is after a quiet time', () => {
    const schedule = scanned(0)
    schedule.changed(200)
    expect(schedule.dueAt).toBe(210)
    schedule.changed(205)
    expect(schedule.dueAt).toBe(215)
  })

  it('is after the longest delay where it is never quiet', () => {
    const schedule = scanned(0)
    for (let now = 200; now < 300; now += 5) schedule.changed(now)
    expect(schedule.dueAt).toBe(300)
  })

  it('is no sooner than the shortest interval', () => {
    const schedule = scanned(0)
    schedule.changed(5)
    expect(schedule.dueAt).toBe(50)
  })

  it('takes changes during a run for the next one', () => {
    const schedule = scanned(0)
    schedule.changed(200)
    schedule.begins(210)
    schedule.changed(215)
    schedule.ended(220, { lookedAtAll: false })
    expect(schedule.dueAt).toBe(260)
    expect(schedule.isScanDue(1000)).toBe(true)
  })

  it('is later and later where runs fail, and forgets nothing', () => {
    const schedule = scanned(0)
    const delays = []
    for (let now = 1000; delays.length < 8; now = schedule.dueAt) {
      schedule.begins(now)
      schedule.failed(now)
      delays.push(schedule.dueAt - now)
    }
    expect(delays).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000])
    const now = schedule.dueAt
    schedule.begins(now)
    schedule.ended(now, { lookedAtAll: true })
    expect(schedule.dueAt).toBe(now + 1000)
  })
})
