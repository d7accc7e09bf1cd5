import { createHash } from 'node:crypto'
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import type { StorageBackend } from '@tercet/interface'
import { createFaultProxy } from '@tercet/testkit-faults'
import { collect, failureOf, patternBytes, patternSource } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { createS3Backend, type S3BackendOptions } from '../src/index.ts'
import { describeCeph } from './support/ceph.ts'

const MiB = 1024 * 1024
const IN_PARTS = { multipartThresholdBytes: 6 * MiB, partBytes: 5 * MiB, parallelParts: 3 }

describeCeph('S3: objects in parts', (ceph) => {
  /** Keys of uploads that were neither completed nor dropped. */
  async function unfinished({ bucket, endpoint }: S3BackendOptions): Promise<string[]> {
    const { accessKeyId, secretAccessKey } = ceph.server
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: endpoint as string,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey }
    })
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    client.destroy()
    return Uploads.map(({ Key }) => Key ?? '')
  }

  async function assertContent(backend: StorageBackend, path: string, size: number): Promise<void> {
    const hash = createHash('sha256')
    for await (const chunk of backend.get(path)) hash.update(chunk)
    const wanted = createHash('sha256')
    for await (const chunk of patternSource(size).open()) wanted.update(chunk)
    expect(hash.digest('hex')).toBe(wanted.digest('hex'))
  }

  test('come back whole, under the tag of their parts', async () => {
    await using backend = createS3Backend(await ceph.bucket(IN_PARTS))
    for (const size of [6 * MiB, 10 * MiB, 23 * MiB + 1]) {
      const sent: number[] = []
      const entry = await backend.put('object', patternSource(size), {
        onProgress: (bytes) => sent.push(bytes)
      })
      expect(entry.sizeBytes).toBe(size)
      expect(entry.tag).toMatch(new RegExp(`^[0-9a-f]{32}-${Math.ceil(size / (5 * MiB))}$`))
      const { modifiedAt, ...found } = await backend.stat('object')
      expect(entry).toMatchObject(found)
      // What a put tells is the time of its answer, which comes after that of the object.
      expect(Number(entry.modifiedAt) - Number(modifiedAt)).toBeOneOf([0, 1000, 2000])
      expect(sent.at(-1)).toBe(size)
      await assertContent(backend, 'object', size)
    }
    const chunks = await collect(backend.get('object', { offset: 5 * MiB - 3, length: 6 }))
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(await rangeOf(5 * MiB - 3, 6)))
    expect((await failureOf(backend.checksum('object', 'MD5'))).code).toBe('STORAGE_UNSUPPORTED')
  })

  test('that broke off leave neither an object nor parts', async () => {
    const options = await ceph.bucket(IN_PARTS)
    await using backend = createS3Backend(options)
    const broken = new Error('the source broke')
    const source = {
      size: 20 * MiB,
      async *open() {
        yield* patternSource(12 * MiB).open()
        throw broken
      }
    }
    await expect(backend.put('object', source)).rejects.toBe(broken)
    expect(await collect(backend.list())).toEqual([])
    expect(await unfinished(options)).toEqual([])
  })

  test('that broke off are gone on with under the same key, and only what is missing is sent', async () => {
    const options = await ceph.bucket(IN_PARTS)
    await using backend = createS3Backend(options)
    const size = 23 * MiB
    const resumeKey = 'upload'
    const { promise: stored, resolve } = Promise.withResolvers<void>()
    const breaksOff = {
      size,
      async *open() {
        yield* patternSource(15 * MiB).open()
        await stored
        throw new Error('the source broke')
      }
    }
    const put = backend.put('object', breaksOff, {
      resumeKey,
      onProgress: (sent) => sent >= 15 * MiB && resolve()
    })
    await expect(put).rejects.toThrow('the source broke')
    expect(await unfinished(options)).toEqual(['object'])
    await using proxy = await createFaultProxy({ host: '127.0.0.1', port: ceph.server.port })
    const endpoint = `http://127.0.0.1:${proxy.port}`
    await using later = createS3Backend({ ...options, endpoint })
    await later.put('object', patternSource(size), { resumeKey })
    expect(proxy.stats.up).toBeLessThan(9 * MiB)
    await assertContent(backend, 'object', size)
    expect(await unfinished(options)).toEqual([])
  })

  test('of other content are not mixed in', async () => {
    const options = await ceph.bucket(IN_PARTS)
    await using backend = createS3Backend(options)
    const breaksOff = {
      size: 23 * MiB,
      async *open() {
        yield* patternSource(16 * MiB, 2).open()
        throw new Error('the source broke')
      }
    }
    await expect(backend.put('object', breaksOff, { resumeKey: 'upload' })).rejects.toThrow()
    await backend.put('object', patternSource(23 * MiB), { resumeKey: 'upload' })
    await assertContent(backend, 'object', 23 * MiB)
  })

  test('end within a second of an abort, and leave nothing', async () => {
    const options = await ceph.bucket(IN_PARTS)
    await using backend = createS3Backend(options)
    const controller = new AbortController()
    const reason = new Error('stopped')
    const put = backend.put('object', patternSource(60 * MiB), {
      signal: controller.signal,
      onProgress: () => controller.abort(reason)
    })
    await expect(put).rejects.toBe(reason)
    expect(await collect(backend.list())).toEqual([])
    expect(await unfinished(options)).toEqual([])
  })

  test('hold no more parts in memory than are sent at the same time, and one', async () => {
    await using backend = createS3Backend(await ceph.bucket(IN_PARTS))
    let read = 0
    let most = 0
    let sent = 0
    const source = {
      size: 60 * MiB,
      async *open() {
        for await (const chunk of patternSource(60 * MiB).open()) {
          read += chunk.byteLength
          most = Math.max(most, read - sent)
          yield chunk
        }
      }
    }
    await backend.put('object', source, {
      onProgress: (bytes) => {
        sent = bytes
      }
    })
    expect(most).toBeLessThanOrEqual(4 * 5 * MiB + 65_536)
  })
})

async function rangeOf(from: number, length: number): Promise<Uint8Array> {
  const start = from - (from % 65_536)
  const bytes = Buffer.concat([patternBytes(start, 65_536), patternBytes(start + 65_536, 65_536)])
  return bytes.subarray(from - start, from - start + length)
}
