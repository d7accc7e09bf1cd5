import assert from 'node:assert/strict'
import { type ChecksumAlgorithm, NO_CAPABILITIES } from '@tercet/interface'
import { assertCode, collect, pattern, type RunnableCase, sourceOf } from '../case-context.ts'
import { checksumOf } from './checksum-of.ts'
import { everyCall } from './every-call.ts'

const ALGORITHMS: readonly ChecksumAlgorithm[] = [
  'MD5',
  'SHA1',
  'SHA256',
  'SHA512',
  'CRC32',
  'CRC32C',
  'CRC64NVME'
]
const HOUR_MS = 3_600_000

/** Each capability both ways: declared must work, undeclared must reject with STORAGE_UNSUPPORTED. */
export const capabilityCases: readonly RunnableCase[] = [
  {
    id: 'capability-record',
    title: 'capabilities are complete, frozen, and the same at every look',
    async run({ backend, target }) {
      const first = backend.capabilities
      assert.ok(Object.isFrozen(first), 'capabilities are frozen')
      for (const key of Object.keys(NO_CAPABILITIES))
        assert.ok(key in first, `capabilities.${key} is missing`)
      assert.ok(first.deleteBatchSize >= 1, 'deleteBatchSize is at least 1')
      await backend.put('object', sourceOf('x'))
      assert.deepEqual(backend.capabilities, first, 'capabilities changed')
      assert.match(backend.scheme, /^[a-z][a-z0-9+.-]*$/, 'scheme')
      assert.ok(backend.displayName !== '', 'displayName is empty')
      for (const [key, value] of Object.entries(target.capabilities ?? {})) {
        assert.deepEqual(first[key as keyof typeof first], value, `capabilities.${key}`)
      }
    }
  },
  {
    id: 'checksum',
    title: 'checksum gives the digest of the content for each algorithm declared, and no other',
    async run(context) {
      const content = pattern(100_000)
      await context.put('object', content)
      for (const algorithm of ALGORITHMS) {
        const checksum = context.backend.checksum('object', algorithm)
        if (!context.capabilities.checksums.includes(algorithm)) {
          await assertCode(checksum, 'STORAGE_UNSUPPORTED', `checksum ${algorithm}`)
          continue
        }
        const wanted = Buffer.from(checksumOf(algorithm, content)).toString('hex')
        assert.equal(Buffer.from(await checksum).toString('hex'), wanted, `checksum ${algorithm}`)
        await assertCode(
          context.backend.checksum('absent', algorithm),
          'STORAGE_NOT_FOUND',
          'checksum of nothing'
        )
      }
    }
  },
  {
    id: 'modified-time',
    title: 'entries carry a time near to now and not before the last change, or none',
    async run(context) {
      const resolution = context.capabilities.modifiedTimeResolutionMs
      let previous = 0
      for (const content of ['one', 'two']) {
        const entries = [await context.put('object', content), await context.backend.stat('object')]
        for (const { modifiedAt } of entries) {
          if (resolution === undefined) {
            assert.equal(modifiedAt, undefined, 'a time that was not promised')
            continue
          }
          assert.ok(
            modifiedAt instanceof Date && !Number.isNaN(modifiedAt.getTime()),
            'modifiedAt is a valid Date'
          )
          assert.ok(modifiedAt.getTime() >= previous - resolution, 'the time went back')
          previous = modifiedAt.getTime()
        }
      }
    }
  },
  {
    id: 'quota',
    title: 'quota tells bytes that make sense, or is not supported',
    async run({ backend, capabilities }) {
      if (!capabilities.quota) return await assertCode(backend.quota(), 'STORAGE_UNSUPPORTED', 'quota')
      const { totalBytes, freeBytes } = await backend.quota()
      for (const bytes of [totalBytes, freeBytes]) {
        if (bytes !== undefined) assert.ok(Number.isFinite(bytes) && bytes >= 0, `quota tells ${bytes}`)
      }
      assert.ok((freeBytes ?? 0) <= (totalBytes ?? Number.POSITIVE_INFINITY), 'more is free than there is')
    }
  },
  {
    id: 'object-lock',
    title: 'a lock forbids to delete and is never shortened, or is not supported',
    async run(context) {
      const { backend } = context
      const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + HOUR_MS)
      const later = new Date(soon.getTime() + HOUR_MS)
      if (!context.capabilities.objectLock) {
        const put = context.put('locked', 'x', { lockUntil: soon })
        await assertCode(put, 'STORAGE_UNSUPPORTED', 'put with lockUntil')
        await context.put('object', 'x')
        await assertCode(backend.setLock('object', soon), 'STORAGE_UNSUPPORTED', 'setLock')
        return await assertCode(backend.getLock('object'), 'STORAGE_UNSUPPORTED', 'getLock')
      }
      await context.put('free', 'x')
      assert.equal(await backend.getLock('free'), undefined, 'lock of an object without one')
      await context.put('locked', 'x', { lockUntil: soon })
      assert.equal((await backend.getLock('locked'))?.getTime(), soon.getTime(), 'lock of the put')
      await backend.setLock('locked', later)
      await backend.setLock('locked', soon)
      assert.equal((await backend.getLock('locked'))?.getTime(), later.getTime(), 'a lock was shortened')
      await assertCode(backend.delete('locked'), 'STORAGE_LOCKED', 'delete of a locked object')
      const failures = await backend.deleteMany(['free', 'locked'])
      assert.deepEqual(
        failures.map(({ path }) => path),
        ['locked'],
        'deleteMany of a locked object'
      )
      await context.assertContent('locked', 'x')
      await assertCode(backend.setLock('absent', soon), 'STORAGE_NOT_FOUND', 'setLock of nothing')
    }
  },
  {
    id: 'archive',
    title: 'objects that are not archived are not said to be; restoreArchived is supported or not',
    async run(context) {
      const { backend } = context
      await context.put('object', 'x')
      assert.ok((await backend.stat('object')).archived !== true, 'a new object is archived')
      if (context.capabilities.archive) {
        await assertCode(backend.restoreArchived('absent'), 'STORAGE_NOT_FOUND', 'restoreArchived of nothing')
      } else await assertCode(backend.restoreArchived('object'), 'STORAGE_UNSUPPORTED', 'restoreArchived')
    }
  },
  {
    id: 'disposal',
    title: 'after disposal every call rejects with STORAGE_CLOSED; a second disposal does nothing',
    async run(context) {
      const { backend, target } = context
      await context.put('object', 'kept')
      await backend[Symbol.asyncDispose]()
      for (const [name, call] of everyCall(backend, 'object')) {
        await assertCode(call(), 'STORAGE_CLOSED', `${name} after disposal`)
      }
      await backend[Symbol.asyncDispose]()
      if (target.reopen === undefined) return
      await using again = await target.reopen()
      assert.equal(
        Buffer.concat(await collect(again.get('object'))).toString(),
        'kept',
        'content after reopening'
      )
    }
  }
]
