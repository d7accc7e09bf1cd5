import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTercetError } from '@tercet/interface'
import { collect, describeWith, failureOf, patternSource, withSmallDisk } from '@tercet/testkit-servers'
import { describe, expect, test } from 'vitest'
import { openRcloneBackend, readRcloneUrl } from '../src/index.ts'
import { TestRclone } from './support/rclone.ts'

/** Arguments of the rclones that this process has started, as everybody can read them. */
function ownRclones(): { pid: number; arguments: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
        if (line[1] !== 'rcd') return []
        const keeper = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]
        const parent = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${keeper}/status`, 'utf8'))?.[1]
        return Number(parent) === process.pid ? [{ pid: Number(name), arguments: line.join(' ') }] : []
      } catch {
        return [] // it has ended meanwhile
      }
    })
}

/** Rejects by the limit of the test, should one stay. */
async function allRclonesEnded(): Promise<void> {
  while (ownRclones().length > 0) await sleep(10)
}

/** The port on which a process of this machine listens. */
function listeningPort(pid: number): number {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1] ?? []
      } catch {
        return [] // closed meanwhile
      }
    })
  )
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    if (state === '0A' && sockets.has(inode)) return Number.parseInt(local.split(':')[1] ?? '', 16)
  }
  throw new Error('It listens on no port of IPv4')
}

describeWith(['rclone'], 'rclone as a process', () => {
  test('is one for all calls, shows no password, and ends with the backend', async () => {
    await using rclone = await TestRclone.create()
    await rclone.box()
    const backend = await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    await Promise.all([1, 2, 3].map((number) => backend.put(`object-${number}`, patternSource(1000))))
    const running = ownRclones()
    expect(running).toHaveLength(1)
    expect(running[0]?.arguments).not.toMatch(/pass|user/i)
    await backend[Symbol.asyncDispose]()
    await allRclonesEnded()
  })

  test('that nobody can use without its password', async () => {
    await using rclone = await TestRclone.create()
    await rclone.box()
    await using _ = await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    const [running] = ownRclones()
    const port = listeningPort(running?.pid as number)
    const answer = await fetch(`http://127.0.0.1:${port}/rc/noopauth`, { method: 'POST' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('rclone')
  })

  test('that is missing, or has no such remote, is told', async () => {
    await using rclone = await TestRclone.create()
    await rclone.box()
    const missing = openRcloneBackend({ remote: 'box', executable: '/nowhere/rclone' })
    expect(await failureOf(missing)).toMatchObject({ code: 'STORAGE_UNSUPPORTED', retry: 'never' })
    const unknown = openRcloneBackend({ remote: 'bix', configFile: rclone.configFile })
    expect(await failureOf(unknown)).toMatchObject({ code: 'STORAGE_INVALID_URL', retry: 'never' })
    const wrong = openRcloneBackend({
      remote: 'box',
      configFile: rclone.configFile,
      arguments: ['--no-such-option']
    })
    expect((await failureOf(wrong)).message).toContain('unknown flag')
    expect(ownRclones()).toEqual([])
  })

  test('that has died is replaced by a new one', async () => {
    await using rclone = await TestRclone.create()
    await rclone.box()
    await using backend = await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    await backend.put('object', patternSource(1000))
    await endRclone()
    const entries = await again(() => collect(backend.list()))
    expect(entries.map(({ path }) => path)).toEqual(['object'])
    expect(ownRclones()).toHaveLength(1)
  })

  test('that dies in the middle of a put or a get is a failure that a retry may help', async () => {
    await using rclone = await TestRclone.create()
    const folder = await rclone.box()
    await using backend = await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    const dies = {
      size: 3_000_000,
      async *open() {
        yield* patternSource(1_500_000).open()
        await endRclone()
        yield* patternSource(1_500_000).open()
      }
    }
    const failed = { code: 'STORAGE_UNAVAILABLE', retry: 'may-help' }
    expect(await failureOf(backend.put('object', dies))).toMatchObject(failed)
    expect(await again(() => collect(backend.list()))).toEqual([])
    const size = 50_000_000
    await backend.put('object', patternSource(size))
    const reading = async () => {
      for await (const _ of backend.get('object')) await endRclone()
    }
    expect(await failureOf(reading())).toMatchObject(failed)
    const whole = await again(() => collect(backend.get('object')))
    expect(whole.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(size)
    expect(readdirSync(folder).filter((name) => !name.startsWith('.tercet-put-'))).toEqual(['object'])
  })
})

/** Tries again while that may help: that rclone has died is known a moment later. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isTercetError(error) || error.retry !== 'may-help') throw error
      await sleep(10)
    }
  }
}

/** Ends the one that this process has started, and waits until it is gone. */
async function endRclone(): Promise<void> {
  const [running] = ownRclones()
  if (running === undefined) return
  process.kill(running.pid, 'SIGKILL')
  while (ownRclones().length > 0) await sleep(5)
}

describeWith(['rclone'], 'rclone on a folder of this machine', () => {
  test('a folder that is not there, and a disk that is full, which leaves the old object', async () => {
    await using rclone = await TestRclone.create()
    const folder = await rclone.box()
    const { configFile } = rclone
    await using absent = await openRcloneBackend({ remote: 'box', path: 'absent', configFile })
    expect((await failureOf(collect(absent.list()))).code).toBe('STORAGE_NOT_FOUND')
    await withSmallDisk(`${folder}/small`, async () => {
      await using backend = await openRcloneBackend({ remote: 'box', path: 'small', configFile })
      await backend.put('object', patternSource(10))
      const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
      expect(failure).toMatchObject({ code: 'STORAGE_FULL', retry: 'never' })
      expect((await backend.stat('object')).sizeBytes).toBe(10)
    })
  })

  test('many are deleted together, by their exact names, and what cannot be is told', async () => {
    await using rclone = await TestRclone.create()
    const folder = await rclone.box()
    await using backend = await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    const odd = ['a+b (1).zip', '{a,b}', 'x}}y', '[z]', '*', 'é 中 \u{1f600}', "it's", 'a|b', '^$']
    const wanted = [...odd, ...Array.from({ length: 30 }, (_, index) => `deep/er/volume-${index}.zip`)]
    const others = ['a', 'b', 'volume-1.zip', 'deep/volume-1.zip', 'deep/er/volume-1.zip.aes', 'xy', 'z']
    mkdirSync(`${folder}/deep/er`, { recursive: true })
    for (const name of [...wanted, ...others]) writeFileSync(`${folder}/${name}`, 'x')
    mkdirSync(`${folder}/folder`)
    const failures = await backend.deleteMany([...wanted, 'missing', 'folder', '../outside'])
    expect(failures.map(({ path }) => path)).toEqual(['../outside'])
    const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    expect(left.map(({ name }) => name).toSorted()).toEqual(others.map((path) => basename(path)).toSorted())
  })

  test('files of this machine are read by rclone, and temporary names are seen by nobody', async () => {
    await using rclone = await TestRclone.create()
    const folder = await rclone.box()
    await using backend = await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    const file = rclone.path('volume')
    writeFileSync(file, Buffer.alloc(3_000_000, 7))
    const source = { ...patternSource(3_000_000), localFile: { path: file, adoptable: true } }
    await backend.put('folder/object', source)
    expect(readFileSync(`${folder}/folder/object`).equals(readFileSync(file))).toBe(true)
    expect(readdirSync(`${folder}/folder`)).toEqual(['object'])
    writeFileSync(`${folder}/.tercet-put-${'0'.repeat(24)}.tmp`, 'unfinished')
    expect((await collect(backend.list())).map(({ path }) => path)).toEqual(['folder/object'])
  })
})

describe('URLs of rclone', () => {
  test('name remote and path, also by the options of Duplicati', () => {
    expect(readRcloneUrl('rclone://My Box/a/b', {})).toMatchObject({ remote: 'My Box', path: 'a/b' })
    const url =
      'rclone://x?rclone-remote-repository=box&rclone-remote-path=c&rclone-option=--fast-list%20--drive-a%3D1'
    expect(readRcloneUrl(url, {})).toMatchObject({
      remote: 'box',
      path: 'c',
      arguments: ['--fast-list', '--drive-a=1']
    })
  })

  test('with what cannot be are refused', async () => {
    expect(() => readRcloneUrl('rclone://box?rclone-exe=x', {})).toThrow(/rclone-executable|no option/)
    for (const remote of ['', '-o', 'a:b', 'a/b'])
      await expect(openRcloneBackend({ remote })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
  })
})
