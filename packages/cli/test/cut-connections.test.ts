import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createFaultProxy, createRandom, type FaultProxy, type NetworkFaults } from '@tercet/testkit-faults'
import { describeWith, type NginxServer, startNginx } from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

const noise = (seed: number) => Buffer.from(createRandom(seed).bytes(120_000)).toString('hex')
/** A destination over a network of which every connection breaks in the middle of what it carries. */
const UP: NetworkFaults = { cutUpAfter: 60_000 }
const DOWN: NetworkFaults = { cutDownAfter: 60_000, how: 'close' }
const ANSWER: NetworkFaults = { cutDownAfter: 1 }

describeWith(['nginx', 'openssl'], 'connections that break in the middle', () => {
  let place: Workplace
  let server: NginxServer
  let proxy: FaultProxy
  let url: string
  beforeAll(async () => {
    place = new Workplace({ 'a.txt': noise(1), 'sub/b.txt': noise(2), 'sub/c.txt': noise(3) })
    server = await startNginx()
    proxy = await createFaultProxy({ host: '127.0.0.1', port: server.port })
    url = `webdav://127.0.0.1:${proxy.port}/life`
    for (const version of [1, 2]) {
      place.write('a.txt', noise(10 + version))
      place.write(`later-${version}.txt`, noise(20 + version))
      expect(await run('backup')).toMatchObject({ exitCode: 0, error: '' })
    }
  })
  afterAll(async () => {
    await proxy.close()
    await server[Symbol.asyncDispose]()
    place[Symbol.dispose]()
  })

  async function run(command: string, ...more: string[]) {
    const sources = command === 'backup' ? [place.source, '--dblock-size=1mb', '--blocksize=10kb'] : []
    const patience = ['--number-of-retries=0', `--auth-username=${server.username}`]
    return await place.run(
      command,
      url,
      ...sources,
      ...more,
      ...patience,
      `--auth-password=${server.password}`
    )
  }

  test.each<[command: string, faults: NetworkFaults, more: string[]]>([
    ['backup', UP, []],
    ['test', DOWN, ['all']],
    ['purge', ANSWER, ['*/sub/c.txt', '--no-auto-compact']],
    ['delete', ANSWER, ['--keep-versions=1', '--no-auto-compact']],
    ['compact', DOWN, ['--threshold=1', '--small-file-max-count=1']],
    ['repair', UP, []],
    ['restore', DOWN, ['--no-local-db', '--restore-path=']]
  ])('%s with %j is told, and goes on when they hold', async (command, faults, given) => {
    if (command === 'backup') place.write('new.txt', noise(30))
    if (command === 'repair') rmSync(join(server.root, 'life', volumes()[0]!))
    const more = given.map((one) => (one === '--restore-path=' ? `${one}${place.restored}` : one))
    const { cuts } = proxy.stats
    proxy.set(faults)
    const broken = await run(command, ...more)
    expect(proxy.stats.cuts).toBeGreaterThan(cuts)
    expect([broken.exitCode, broken.out + broken.error]).toEqual([
      expect.toSatisfy((code: number) => [2, 3, 100].includes(code)),
      expect.stringMatching(/(STORAGE|DESTINATION|VERIFY|RESTORE|COMPACT)_[A-Z_]+/)
    ])
    proxy.set({})
    expect(await run(command, ...more)).toMatchObject({ exitCode: 0, error: '' })
    expect(await run('test', 'all')).toMatchObject({ exitCode: 0 })
  })

  test('and the files are what they were', () => {
    for (const name of ['a.txt', 'later-2.txt', 'sub/b.txt', 'new.txt'])
      expect(readFileSync(join(place.restored, name)).equals(readFileSync(join(place.source, name)))).toBe(
        true
      )
  })

  function volumes(): string[] {
    return readdirSync(join(server.root, 'life')).filter((name) => name.includes('.dblock.'))
  }
})
