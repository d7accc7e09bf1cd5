import {
  type ApacheServer,
  describeWith,
  failureOf,
  patternSource,
  runProgram,
  startApache
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRcloneBackend } from '../src/index.ts'
import { TestRclone } from './support/rclone.ts'

const LOCK =
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'

describeWith(['rclone', 'apache2', 'openssl'], 'what Apache answers to rclone', () => {
  let server: ApacheServer
  let rclone: TestRclone
  beforeAll(async () => {
    ;[server, rclone] = await Promise.all([startApache(), TestRclone.create()])
    const { port, username: user, password } = server
    const obscured = async (text: string): Promise<string> =>
      (await runProgram('rclone', ['obscure', '-'], text)).trim()
    const [right, wrong] = await Promise.all([obscured(password), obscured('hidden')])
    const at = (path: string, pass = right) => ({
      ...{ type: 'webdav', vendor: 'other', url: `http://127.0.0.1:${port}/${path}`, user, pass }
    })
    await rclone.configure({
      ...{ good: at(''), busy: at('busy'), full: at('full'), forbidden: at('forbidden'), away: at('away') },
      stranger: at('', wrong)
    })
  })
  afterAll(async () => {
    await server.stop()
    await rclone[Symbol.asyncDispose]()
  })

  test.each([
    ['busy', 'STORAGE_UNAVAILABLE', 'may-help'],
    ['full', 'STORAGE_FULL', 'never'],
    ['forbidden', 'STORAGE_ACCESS_DENIED', 'never'],
    ['away', 'STORAGE_INVALID_URL', 'never'],
    ['stranger', 'STORAGE_ACCESS_DENIED', 'never']
  ])('%s: %s', async (remote, code, retry) => {
    await using backend = await openRcloneBackend({ remote, configFile: rclone.configFile })
    const failure = await failureOf(backend.put('object', patternSource(10)))
    expect(failure).toMatchObject({ code, retry })
    expect(failure.message).not.toContain('hidden')
  })

  test('what somebody has locked', async () => {
    await using backend = await openRcloneBackend({ remote: 'good', configFile: rclone.configFile })
    await backend.put('object', patternSource(10))
    const authorization = `Basic ${Buffer.from(`${server.username}:${server.password}`).toString('base64')}`
    const url = `http://127.0.0.1:${server.port}/object`
    const locked = await fetch(url, { method: 'LOCK', headers: { authorization }, body: LOCK })
    expect(locked.status).toBe(200)
    const failure = await failureOf(backend.delete('object'))
    expect(failure).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
  })
})
