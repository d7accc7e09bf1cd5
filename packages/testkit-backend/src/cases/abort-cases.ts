import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import {
  assertReason,
  collect,
  pattern,
  type RunnableCase,
  scriptedSource,
  sourceOf
} from '../case-context.ts'
import { everyCall } from './every-call.ts'

/** Aborts reject at once, with the reason itself, and leave nothing half done. */
export const abortCases: readonly RunnableCase[] = [
  {
    id: 'abort-before',
    title: 'a call with an aborted signal rejects with its reason and does nothing',
    async run(context) {
      await context.put('object', 'old')
      const signal = AbortSignal.abort(new Error('stopped before'))
      for (const [name, call] of everyCall(context.backend, 'object', { signal })) {
        await assertReason(call(), signal.reason, `${name} with an aborted signal`)
      }
      await context.assertContent('object', 'old')
      await context.assertPaths(['object'])
    }
  },
  {
    id: 'abort-during-put',
    title: 'an abort half way through a put rejects with the reason and leaves the old content',
    async run(context) {
      const old = pattern(4000)
      await context.put('old', old)
      for (const path of ['old', 'new']) {
        const controller = new AbortController()
        const abort = () => controller.abort(stopped)
        const source = scriptedSource(1_000_000, pattern(500_000), abort, pattern(250_000), pattern(250_000))
        const put = context.backend.put(path, source, { signal: controller.signal })
        await assertReason(put, stopped, 'an aborted put')
      }
      if (!context.capabilities.atomicPut) return
      await context.assertContent('old', old)
      await context.assertPaths(['old'])
    }
  },
  {
    id: 'abort-stalled-put',
    title: 'an abort ends a put whose source does not answer',
    async run(context) {
      const controller = new AbortController()
      let stalled = () => {}
      const isStalled = new Promise<void>((resolve) => {
        stalled = resolve
      })
      const stall = () => {
        stalled()
        return new Promise<never>(() => {})
      }
      const put = context.backend.put('object', scriptedSource(100_000, pattern(50_000), stall), {
        signal: controller.signal
      })
      const outcome = assertReason(put, stopped, 'an aborted put')
      await isStalled
      controller.abort(stopped)
      await outcome
      if (context.capabilities.atomicPut) await context.assertPaths([])
    }
  },
  {
    id: 'abort-during-get',
    title: 'an abort half way through a get rejects with the reason: it does not end as if complete',
    async run(context) {
      const content = pattern(8_000_000)
      await context.put('object', content)
      const controller = new AbortController()
      let received = 0
      const read = async () => {
        for await (const chunk of context.backend.get('object', { signal: controller.signal })) {
          received += chunk.byteLength
          if (received < content.byteLength) controller.abort(stopped)
        }
        assert.equal(received, content.byteLength, 'bytes of a get that ended without rejecting')
        controller.signal.throwIfAborted()
        throw stopped // all came in one chunk: nothing was left to be aborted
      }
      await assertReason(read(), stopped, 'an aborted get')
      await context.assertContent('object', content)
    }
  },
  {
    id: 'abort-during-list',
    title: 'an abort half way through a listing rejects with the reason',
    async run(context) {
      for (let index = 0; index < 20; index++) await context.put(`object-${index}`, 'x')
      const controller = new AbortController()
      const read = async () => {
        let entries = 0
        for await (const _ of context.backend.list({ signal: controller.signal })) {
          if (++entries === 3) controller.abort(stopped)
        }
      }
      await assertReason(read(), stopped, 'an aborted listing')
      assert.equal((await collect(context.backend.list())).length, 20)
    }
  },
  {
    id: 'abort-after',
    title: 'an abort after the end has no effect',
    async run(context) {
      const controller = new AbortController()
      const { signal } = controller
      await context.backend.put('object', sourceOf('x'), { signal })
      await context.backend.stat('object', { signal })
      await collect(context.backend.get('object', { signal }))
      await collect(context.backend.list({ signal }))
      controller.abort(stopped)
      await context.assertContent('object', 'x')
    }
  },
  {
    id: 'no-listener-left',
    title: 'a call that has ended leaves no listener on its signal',
    async run(context) {
      const controller = new AbortController()
      const { signal } = controller
      for (let round = 0; round < 5; round++) {
        await context.backend.put('object', sourceOf(pattern(100_000)), { signal })
        await context.backend.stat('object', { signal })
        await collect(context.backend.get('object', { signal }))
        await collect(context.backend.list({ signal }))
        for await (const _ of context.backend.get('object', { signal })) break
        await context.backend.stat('absent', { signal }).catch(() => {})
        await context.backend.delete('object', { signal })
      }
      const left = getEventListeners(signal, 'abort').length
      assert.ok(left < 5, `${left} listeners were left on the signal by 35 calls`)
    }
  }
]

const stopped = new Error('stopped')
