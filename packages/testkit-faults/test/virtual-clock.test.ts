import { expect, test } from 'vitest'
import { createVirtualClock } from '../src/index.ts'

test('time moves on by itself to what the next sleeper wants, in order', async () => {
  const clock = createVirtualClock()
  const woken: string[] = []
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms)
    woken.push(`${name} at ${clock.elapsedMs}`)
  }
  await Promise.all([sleeper('late', 3_600_000), sleeper('early', 10), sleeper('early too', 10)])
  expect(woken).toEqual(['early at 10', 'early too at 10', 'late at 3600000'])
  expect(clock.now() - Date.UTC(2025, 0, 1)).toBe(3_600_000)
})

test('a clock without automatic moves stands still until it is advanced', async () => {
  const clock = createVirtualClock({ auto: false })
  let steps = 0
  const done = (async () => {
    for (; steps < 3; steps++) await clock.sleep(100)
  })()
  await clock.advance(250)
  expect({ steps, elapsed: clock.elapsedMs, sleepers: clock.sleepers }).toEqual({
    steps: 2,
    elapsed: 250,
    sleepers: 1
  })
  await clock.advance(50)
  await done
  expect(clock.sleepers).toBe(0)
})

test('an aborted sleep rejects with the reason and leaves no sleeper', async () => {
  const clock = createVirtualClock({ auto: false })
  const controller = new AbortController()
  const sleeping = clock.sleep(1000, { signal: controller.signal })
  controller.abort('enough')
  await expect(sleeping).rejects.toBe('enough')
  await expect(clock.sleep(1, { signal: controller.signal })).rejects.toBe('enough')
  expect(clock.sleepers).toBe(0)
})

test('a jump changes the time of day, not durations', () => {
  const clock = createVirtualClock()
  const before = { now: clock.now(), monotonic: clock.monotonic() }
  clock.jump(-86_400_000)
  expect(clock.now()).toBe(before.now - 86_400_000)
  expect(clock.monotonic()).toBe(before.monotonic)
})
