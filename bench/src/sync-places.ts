/** Places that both programs can mirror between: folders, or the same folders behind WebDAV and a long way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
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

/** Milliseconds of one call that has nothing else beside it. */
export interface WayTimes {
  readonly get: number
  /** A bare `PUT`, which shows half a file when it breaks off. */
  readonly put: number
  /** A file that shows when it is whole: `PUT` under another name, a look at its length, `MOVE`. */
  readonly wholePut: number
}

/** With files of 64 KiB: the middle of eleven. */
export async function measureWay({ folder, url }: SyncPlace): Promise<WayTimes> {
  const address = `${url.replace('webdav:', 'http:')}one-file`
  const body = new Uint8Array(65_536)
  const middleOf = async (...calls: readonly RequestInit[]) => {
    const times: number[] = []
    for (let n = 0; n < 11; n++) {
      const started = performance.now()
      for (const call of calls) await (await fetch(address, call)).arrayBuffer()
      times.push(performance.now() - started)
    }
    return times.sort((a, b) => a - b)[5] as number
  }
  const upload = { method: 'PUT', body }
  const put = await middleOf(upload)
  const get = await middleOf({})
  const look = { method: 'PROPFIND', headers: { Depth: '0' } }
  const move = { method: 'MOVE', headers: { Destination: `${address}-whole` } }
  const wholePut = await middleOf(upload, look, move)
  rmSync(join(folder, 'one-file-whole'))
  return { get, put, wholePut }
}

let discarded = 0

/**
 * What is there goes into the folder `away`, to be deleted when all is measured: for minutes after many deletions the
 * file system makes new files several times slower.
 */
export function discard(folder: string, away: string): void {
  if (!existsSync(folder)) return
  mkdirSync(away, { recursive: true })
  renameSync(folder, join(away, String(discarded++)))
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
