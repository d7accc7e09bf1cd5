import { chmod, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { bytesSource } from '@tercet/interface'
import { collect, describeWith, patternBytes, type SmbServer, startSmbd } from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSmbBackend, type SmbBackendOptions } from '../src/index.ts'

const SIZE = 40_000_000

describeWith(['smbd', 'smbclient'], 'reads that smbclient gives up', () => {
  const content = patternBytes(0, SIZE)
  let server: SmbServer
  beforeAll(async () => {
    server = await startSmbd()
  })
  afterAll(() => server.stop())

  const open = (more: Partial<SmbBackendOptions>) => {
    const { host, port, username, password } = server
    return openSmbBackend({ host, port, username, password, share: 'share', maxConnections: 1, ...more })
  }

  /** A smbclient that notes in a file each time it is started, and first runs some lines of shell. */
  async function wrapper(name: string, lines: string): Promise<{ path: string; starts(): Promise<number> }> {
    const [path, notes] = [join(server.folder, name), join(server.folder, `${name}.starts`)]
    await writeFile(path, `#!/bin/sh\necho >> "${notes}"\n${lines}\nexec smbclient "$@"\n`)
    await chmod(path, 0o755)
    return { path, starts: async () => (await readFile(notes, 'utf8')).length }
  }

  test('of a part up to the end, one at a time, as it takes late answers for a broken connection', async () => {
    await using tap = await startTap(server.port)
    await using backend = await open({ port: tap.port })
    await backend.put('large', bytesSource(content))
    await collect(backend.get('large'))
    expect(tap.mostReads).toBeGreaterThan(1) // it does not hold back where it knows the end
    tap.mostReads = 0
    for (const offset of [SIZE - 100, 5_000_000]) {
      const got = Buffer.concat(await collect(backend.get('large', { offset })))
      expect(got.equals(content.subarray(offset))).toBe(true)
      expect(tap.mostReads).toBe(1)
    }
    expect(Buffer.concat(await collect(backend.get('large'))).equals(content)).toBe(true)
    expect(tap.mostReads).toBeGreaterThan(1)
  })

  test.each([{ length: 10 }, { offset: 1000, length: 10 }])(
    'of %j: the rest disturbs no later call',
    async (range) => {
      await using backend = await open({})
      await backend.put('large', bytesSource(content))
      const { offset = 0, length } = range
      const got = Buffer.concat(await collect(backend.get('large', range)))
      expect(got.equals(content.subarray(offset, offset + length))).toBe(true)
      expect(await backend.stat('large')).toMatchObject({ sizeBytes: SIZE })
    }
  )

  test('after an answer that it does not understand: the next call gets a new connection', async () => {
    const { path, starts } = await wrapper(
      'garbled',
      `if mkdir "${server.folder}/was-garbled" 2> /dev/null; then
        while read -r line; do case "$line" in
          get*) echo 'parallel_read returned NT_STATUS_INVALID_NETWORK_RESPONSE' >&2;;
          *) printf '%s\\n' "$line";;
        esac; done | smbclient "$@"
        exit
      fi`
    )
    await using backend = await open({ executable: path })
    await backend.put('small', bytesSource(content.subarray(0, 1000)))
    await expect(collect(backend.get('small'))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help',
      context: { status: 'INVALID_NETWORK_RESPONSE', path: 'small' }
    })
    expect(Buffer.concat(await collect(backend.get('small'))).equals(content.subarray(0, 1000))).toBe(true)
    expect(await starts()).toBe(2)
  })
})

interface Tap extends AsyncDisposable {
  readonly port: number
  /** Most reads of one connection that were on the way at the same time. */
  mostReads: number
}

/** Passes everything on, and counts the reads among it ([MS-SMB2], section 2.2.1). */
async function startTap(port: number): Promise<Tap> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, noDelay: true })
    let reads = 0
    const requests = eachRead(() => {
      tap.mostReads = Math.max(tap.mostReads, ++reads)
    })
    const answers = eachRead((header) => {
      if (header.readUInt32LE(8) !== PENDING) reads--
    })
    for (const [from, to, look] of [
      [client, upstream, requests],
      [upstream, client, answers]
    ] as const) {
      sockets.add(from)
      from.on('data', look)
      from.pipe(to)
      from.on('error', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tap: Tap = {
    port: (server.address() as AddressInfo).port,
    mostReads: 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  return tap
}

const READ = 8
const HEADER_BYTES = 64
/** A status that says that the answer comes later. */
const PENDING = 0x103

/** Takes a stream apart into messages, each behind its length, and calls back at the end of those that are reads. */
function eachRead(ended: (header: Buffer) => void): (chunk: Buffer) => void {
  let head = Buffer.alloc(0)
  let left = 0
  return (chunk) => {
    for (let rest = chunk; rest.byteLength > 0; ) {
      const wanted = 4 + HEADER_BYTES - head.byteLength
      head = Buffer.concat([head, rest.subarray(0, wanted)])
      rest = rest.subarray(wanted)
      if (head.byteLength < 4 + HEADER_BYTES) return
      if (wanted > 0) left = (head.readUInt32BE(0) & 0xffffff) - HEADER_BYTES
      const passed = Math.min(left, rest.byteLength)
      left -= passed
      rest = rest.subarray(passed)
      if (left > 0) return
      if (head.readUInt16LE(4 + 12) === READ) ended(head.subarray(4))
      head = Buffer.alloc(0)
    }
  }
}
