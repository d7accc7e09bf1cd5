import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createServerFolder, freePortRange, freePorts, startServer } from '../src/index.ts'

const taker = fileURLToPath(new URL('./support/port-taker.ts', import.meta.url))
const parent = fileURLToPath(new URL('./support/parent-that-dies.ts', import.meta.url))

/** A server with a child of its own. */
const script = (port: number): string => `
  require('node:child_process').spawn('sleep', ['1000'])
  require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('READY', process.pid))`

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }))
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

describe('a server', () => {
  test('answers when it has started, and is gone with its folder when it was stopped', async () => {
    const folder = await createServerFolder('test')
    const [port = 0] = await freePorts(1)
    const server = await startServer({
      name: 'test',
      folder,
      command: [process.execPath, '-e', script(port)],
      ready: { output: /READY (\d+)/ }
    })
    const pid = Number(server.match?.[1])
    expect(isAlive(pid)).toBe(true)
    await server.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(folder)).toBe(false)
    await server.stop()
  })

  test('that ends at once is a failure with what it printed', async () => {
    const folder = await createServerFolder('test')
    const start = startServer({
      name: 'test',
      folder,
      command: ['/bin/sh', '-c', 'echo no such option; exit 3'],
      ready: { port: 1 }
    })
    await expect(start).rejects.toThrow(/test ended with 3:\s+no such option/)
    expect(existsSync(folder)).toBe(false)
  })

  test('ends with the process that started it, however that dies', async () => {
    const child = spawn(process.execPath, ['--conditions=@tercet/source', parent], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const [line] = (
      await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
    ).split('\n')
    const { pid, folder } = JSON.parse(line ?? '') as { pid: number; folder: string }
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await until(() => !isAlive(pid) && !existsSync(folder))
  })
})

describe('free ports', () => {
  test('are different, and a row of them is free', async () => {
    expect(new Set(await freePorts(20)).size).toBe(20)
    const first = await freePortRange(100)
    expect(await freePorts(1)).not.toContain(first)
    await expect(freePortRange(101)).rejects.toThrow(RangeError)
  })

  test('are not given to two processes that live at the same time', async () => {
    const mine = [await freePortRange(100), await freePortRange(100)]
    const children = [0, 1, 2].map(() =>
      spawn(process.execPath, ['--conditions=@tercet/source', taker], { stdio: ['pipe', 'pipe', 'inherit'] })
    )
    const theirs = await Promise.all(
      children.map(
        ({ stdout }) =>
          new Promise<number[]>((resolve) => stdout.once('data', (data) => resolve(JSON.parse(String(data)))))
      )
    )
    for (const { stdin } of children) stdin.end()
    const blocks = [...mine, ...theirs.flat()]
    expect(blocks).toHaveLength(8)
    expect(new Set(blocks).size).toBe(8)
  })
})
