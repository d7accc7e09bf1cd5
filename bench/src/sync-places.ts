/** Places that both programs can mirror between: folders, or the same folders behind WebDAV and a long way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LatencyProxy, startLatencyProxy } from './latency-proxy.ts'

export interface SyncPlace {
  readonly folder: string
  /** As Tercet names it. */
  readonly url: string
  /** As rclone names it. */
  readonly remote: string
  /** Bytes that were read through the way so far; undefined where there is none. */
  readonly downBytes: () => number | undefined
  /** To be called when files came that nobody put there through the way: the server remembers what folders hold. */
  changed(): Promise<void>
  close(): void
}

export type Way = 'local' | 'far'

export async function openPlace(folder: string, way: Way): Promise<SyncPlace> {
  mkdirSync(folder, { recursive: true })
  if (way === 'local')
    return {
      folder,
      url: `file://${folder}`,
      remote: folder,
      downBytes: () => undefined,
      async changed() {},
      close() {}
    }
  const port = await freePort()
  let server = await serve(folder, port)
  const proxy: LatencyProxy = await startLatencyProxy({ port, roundTripMs: 20, bytesPerSecond: 50_000_000 })
  return {
    folder,
    url: `webdav://127.0.0.1:${proxy.port}/`,
    remote: `:webdav,url='http://127.0.0.1:${proxy.port}/':`,
    downBytes: () => proxy.downBytes,
    async changed() {
      const ended = once(server, 'exit')
      server.kill()
      await ended
      server = await serve(folder, port)
    },
    close() {
      proxy.close()
      server.kill()
    }
  }
}

/** It remembers folders, as it would read the whole of one again for each file that it is asked for. */
async function serve(folder: string, port: number): Promise<ChildProcess> {
  const address = ['--addr', `127.0.0.1:${port}`]
  const server = spawn('rclone', ['serve', 'webdav', folder, ...address], { stdio: 'ignore' })
  await answers(server, port)
  return server
}

/** Milliseconds of one get and of one put of 64 KiB that has nothing else beside it: the middle of eleven. */
export async function measureWay({ folder, url }: SyncPlace): Promise<{ get: number; put: number }> {
  const address = `${url.replace('webdav:', 'http:')}one-file`
  const body = new Uint8Array(65_536)
  const middleOf = async (call: () => Promise<Response>) => {
    const times: number[] = []
    for (let n = 0; n < 11; n++) {
      const started = performance.now()
      await (await call()).arrayBuffer()
      times.push(performance.now() - started)
    }
    return times.sort((a, b) => a - b)[5] as number
  }
  const put = await middleOf(() => fetch(address, { method: 'PUT', body }))
  const get = await middleOf(() => fetch(address))
  rmSync(join(folder, 'one-file'))
  return { get, put }
}

/** The replicas are empty again. */
export function emptyPlace({ folder }: SyncPlace): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(server: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (server.exitCode !== null) throw new Error('rclone serve webdav did not start: install rclone')
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true))
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
    })
    if (isUp) return
    await sleep(50)
  }
  throw new Error('rclone serve webdav does not answer')
}
