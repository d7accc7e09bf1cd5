import { createMemoryBackend } from '@tercet/backend-memory'
import { testStorageBackend } from '@tercet/testkit-backend'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { compose, metrics, retry, throttle, timeout } from '../src/index.ts'

testStorageBackend('all layers around memory', {
  open() {
    const clock = createVirtualClock()
    const limits = { uploadBytesPerSecond: 10_000_000, downloadBytesPerSecond: 10_000_000 }
    return compose(
      createMemoryBackend(),
      timeout(),
      retry({ clock }),
      throttle({ clock, ...limits }),
      metrics()
    )
  },
  manyEntries: 200
})

testStorageBackend('a retry around a line that breaks now and then', {
  open() {
    const clock = createVirtualClock()
    const faults = createFaults({ clock })
    for (const method of ['put', 'get', 'list', 'stat', 'delete', 'deleteMany'] as const) {
      for (const [nth, when] of [
        [1, 'before'],
        [3, 'torn'],
        [5, 'after'],
        [8, 'torn']
      ] as const) {
        // What a put with a condition did is not known after a lost answer, so later puts go well.
        if (method !== 'put' || nth === 1) faults.fail(method, { nth, when })
      }
    }
    return compose(createMemoryBackend({ chunkBytes: 5000 }), faults.layer, retry({ clock, attempts: 6 }))
  },
  manyEntries: 200
})
