import { setTimeout } from 'node:timers/promises'
import {
  type ByteSource,
  bytesSource,
  isTercetError,
  type StorageBackend,
  type StorageErrorCode
} from '@tercet/interface'
import { createFaultProxy, type FaultProxy, type NetworkFaults } from '@tercet/testkit-faults'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

export interface NetworkTarget {
  /** The server that the proxy stands before; asked when all is started. */
  readonly server: () => { readonly host: string; readonly port: number }
  /** Opens a fresh, empty store, reached at that port. */
  readonly open: (port: number) => Promise<StorageBackend>
  /** The same store, reached directly: what has become of it. */
  readonly look: () => Promise<StorageBackend>
  /** What stands before the server, where one proxy is not enough. @defaultValue createFaultProxy */
  readonly proxy?:
    | ((server: { readonly host: string; readonly port: number }) => Promise<FaultProxy>)
    | undefined
  /** Only commands go through the proxy, data take another way. */
  readonly isControlOnly?: boolean | undefined
  /** Only data go through the proxy, commands such as a deletion take another way. */
  readonly isDataOnly?: boolean | undefined
  /** Breaks at few places only: what is between the backend and the line waits ever longer after each failure. */
  readonly isBrief?: boolean | undefined
  /** Ways to break that this protocol or its client cannot tell from the end of all. */
  readonly without?: readonly NonNullable<NetworkFaults['how']>[] | undefined
}

/** What a failure of the network may be called, and that a retry may help. */
const CODES: readonly StorageErrorCode[] = ['STORAGE_UNAVAILABLE', 'STORAGE_TIMEOUT']
const SIZE = 600_000
/** Places at which a connection breaks: before anything, in the first words, in the middle, near the end. */
const PLACES = [1, 200, 2000, 100_000, SIZE - 1000]
const CONTROL_PLACES = [1, 60, 150, 250]
const BRIEF_PLACES = [1, 100_000]
/** Time for a client to notice that a connection was reset. */
const NOTICE_MS = 20

/**
 * Declares tests of one backend behind a TCP proxy: wherever a connection breaks, the object is the old or the new one, the
 * error says that a retry may help, and a retry works.
 */
export function testNetworkFaults(name: string, target: NetworkTarget): void {
  describe(`${name} on a bad line`, () => {
    const places = target.isControlOnly ? CONTROL_PLACES : target.isBrief ? BRIEF_PLACES : PLACES
    const middle = target.isControlOnly ? 120 : 100_000
    let proxy: FaultProxy
    let backend: StorageBackend
    const old = content(1)
    const next = content(2)

    beforeAll(async () => {
      proxy = await (target.proxy ?? createFaultProxy)(target.server())
    })
    afterAll(() => proxy.close())
    beforeEach(async () => {
      backend = await target.open(proxy.port)
      await backend.put('object', old)
    })
    afterEach(async () => {
      proxy.set({})
      proxy.drop()
      await backend[Symbol.asyncDispose]()
    })

    /** From now on these faults, on connections that have not been used. */
    async function onFreshLine(faults: NetworkFaults): Promise<void> {
      proxy.set(faults)
      proxy.drop()
      await setTimeout(NOTICE_MS) // the backend has to notice
    }

    /** Whatever happened: an object that is whole, no other, and the next attempt succeeds. */
    async function expectWhole(...wanted: readonly Content[]): Promise<void> {
      proxy.set({})
      proxy.drop()
      await using store = await target.look()
      const found = await read(store)
      expect(wanted.some(({ bytes }) => bytes.equals(found))).toBe(true)
      expect((await Array.fromAsync(store.list())).map(({ path }) => path)).toEqual(['object'])
      await eventually(() => backend.put('object', next))
      expect((await eventually(() => read(backend))).equals(next.bytes)).toBe(true)
    }

    const endings = (['reset', 'close', 'half-close'] as const).filter(
      (how) => !target.without?.includes(how)
    )
    describe.each(endings)('that breaks by %s', (how) => {
      test.each(places)('after %d bytes of a put', async (cutUpAfter) => {
        await onFreshLine({ cutUpAfter, how })
        await expectBroken(backend.put('object', next), proxy)
        await expectWhole(old, next)
      })

      test('before the answer to a put is complete', async () => {
        proxy.drop()
        for (const cutDownAfter of [1, 100, 400]) {
          proxy.set({ cutDownAfter, how, times: 1 })
          await backend.put('object', next).catch((error) => expectCode(error))
        }
        await expectWhole(old, next)
      })

      test.each(places)('after %d bytes of the answer to a get', async (cutDownAfter) => {
        await onFreshLine({ cutDownAfter, how })
        await expectBroken(read(backend), proxy)
        await expectWhole(old)
      })

      test('in a listing, a look and a deletion', async () => {
        for (const call of [
          () => Array.fromAsync(backend.list()),
          () => backend.stat('object'),
          () => backend.delete('object')
        ]) {
          proxy.set({})
          await eventually(() => backend.put('object', old))
          await onFreshLine({ cutDownAfter: 30, how })
          await expectBroken(call(), proxy)
        }
        proxy.set({})
        proxy.drop()
        await eventually(() => backend.put('object', old))
        await expectWhole(old)
      })
    })

    test('where nothing answers, each call says so', async () => {
      await onFreshLine({ refuse: true })
      for (const call of [
        () => backend.put('object', next),
        () => read(backend),
        ...(target.isBrief ? [] : [() => Array.fromAsync(backend.list()), () => backend.stat('object')]),
        ...(target.isDataOnly || target.isBrief ? [] : [() => backend.delete('object')])
      ])
        await expectBroken(call(), proxy)
      await expectWhole(old)
    })

    test('that stalls is left at once by those who give up, and leaves no connection', async () => {
      for (const call of [
        (signal: AbortSignal) => backend.put('object', next, { signal }),
        (signal: AbortSignal) => Array.fromAsync(backend.get('object', { signal }))
      ]) {
        await onFreshLine({ cutUpAfter: middle, cutDownAfter: middle, how: 'stall' })
        const reason = new Error('given up')
        const controller = new AbortController()
        const running = await eventually(() => stalling(() => call(controller.signal), proxy))
        controller.abort(reason)
        // Nothing else would end it.
        await expect(running.call).rejects.toBe(reason)
      }
      await expectWhole(old)
    })

    test('that is slow carries the same bytes', async () => {
      await onFreshLine({ upBytesPerSecond: 3_000_000, downBytesPerSecond: 3_000_000, latencyMs: 1 })
      await eventually(() => backend.put('object', next))
      expect((await eventually(() => read(backend))).equals(next.bytes)).toBe(true)
    })

    if (target.isControlOnly) return
    test('a get goes on at the byte that it had reached', async () => {
      await onFreshLine({ cutDownAfter: 300_000, how: 'reset', times: 1 })
      const chunks: Uint8Array[] = []
      const failure = await collectInto(chunks, backend.get('object'))
      expectCode(failure)
      proxy.set({})
      const offset = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
      await eventually(async () => {
        const rest: Uint8Array[] = []
        const again = await collectInto(rest, backend.get('object', { offset }))
        if (again !== undefined) throw again
        chunks.push(...rest)
      })
      expect(Buffer.concat(chunks).equals(old.bytes)).toBe(true)
    })
  })
}

interface Content extends ByteSource {
  readonly bytes: Buffer
}

/** Comes in pieces, so that a break finds some of it on the way. */
function content(seed: number): Content {
  const bytes = Buffer.alloc(SIZE)
  for (let index = 0; index < SIZE; index++) bytes[index] = (index * 31 + seed * 17 + (index >> 8)) & 255
  return {
    ...bytesSource(bytes),
    bytes,
    async *open() {
      for (let at = 0; at < SIZE; at += 50_000) yield bytes.subarray(at, at + 50_000)
    }
  }
}

async function read(backend: StorageBackend): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(backend.get('object')))
}

async function collectInto(chunks: Uint8Array[], source: AsyncIterable<Uint8Array>): Promise<unknown> {
  try {
    for await (const chunk of source) chunks.push(chunk)
    return undefined
  } catch (error) {
    return error
  }
}

/** The call fails as a network does; where the break came too late to matter it may have succeeded. */
async function expectBroken(call: Promise<unknown>, proxy: FaultProxy): Promise<void> {
  const cuts = proxy.stats.cuts
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error ?? new Error('rejected with nothing')
  )
  if (outcome === undefined) expect(proxy.stats.cuts).toBeGreaterThanOrEqual(cuts)
  else expectCode(outcome)
}

/** The call, as soon as it stalls; rejects when it fails before, on a connection that had not noticed its end. */
async function stalling(
  start: () => Promise<unknown>,
  proxy: FaultProxy
): Promise<{ call: Promise<unknown> }> {
  const cuts = proxy.stats.cuts
  let hasEnded = false
  const call = start()
  const note = (): void => {
    hasEnded = true
  }
  call.then(note, note)
  while (proxy.stats.cuts === cuts && !hasEnded) await setTimeout(10)
  if (hasEnded) await call
  return { call }
}

function expectCode(error: unknown): void {
  if (!isTercetError<StorageErrorCode>(error)) throw error
  expect(CODES, error.message).toContain(error.code)
  expect(error.retry).toBe('may-help')
}

/** A connection that is dying may still fail the next attempts; they say that a retry may help. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (attempts === 5 || !isTercetError(error) || error.retry !== 'may-help') throw error
    }
  }
}
