/** Places that both programs can mirror between: folders, or the same folders behind WebDAV and a long way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
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
  close(): void
}

export type Way = 'local' | 'far'

export async function openPlace(folder: string, way: Way): Promise<SyncPlace> {
  mkdirSync(folder, { recursive: true })
  if (way === 'local')
    return { folder, url: `file://${folder}`, remote: folder, downBytes: () => undefined, close() {} }
  const port = await freePort()
  const server = spawn(
    'rclone',
    ['serve', 'webdav', folder, '--addr', `127.0.0.1:${port}`, '--dir-cache-time', '0'],
    {
      stdio: 'ignore'
    }
  )
  await answers(server, port)
  const proxy: LatencyProxy = await startLatencyProxy({ port, roundTripMs: 20, bytesPerSecond: 50_000_000 })
  return {
    folder,
    url: `webdav://127.0.0.1:${proxy.port}/`,
    remote: `:webdav,url='http://127.0.0.1:${proxy.port}/':`,
    downBytes: () => proxy.downBytes,
    close() {
      proxy.close()
      server.kill()
    }
  }
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
