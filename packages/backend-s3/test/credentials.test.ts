import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'
import { failureOf, patternSource } from '@tercet/testkit-servers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createS3Backend, type S3BackendOptions } from '../src/index.ts'
import { describeCeph } from './support/ceph.ts'

const KEYS = { id: 'test', secret: 'testing' }

describeCeph("S3: keys from where the provider's own tools have them", (ceph) => {
  let folder: TemporaryFolder
  let options: Omit<S3BackendOptions, 'credentials'>

  beforeEach(async () => {
    folder = await createTemporaryFolder('tercet-s3-')
    const { credentials: _, ...place } = await ceph.bucket()
    options = place
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
    // Nothing of this machine and its user.
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'])
      vi.stubEnv(name, join(folder.path, 'none'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await folder[Symbol.asyncDispose]()
  })

  async function file(name: string, content: string): Promise<string> {
    const path = join(folder.path, name)
    await writeFile(path, content)
    return path
  }

  /** Requests of both kinds: those of the client library and the lean ones. */
  async function expectWorks(more: Partial<S3BackendOptions> = {}): Promise<void> {
    await using backend = createS3Backend({ ...options, ...more })
    await backend.put('object', patternSource(1000))
    expect((await backend.stat('object')).sizeBytes).toBe(1000)
    expect(await Array.fromAsync(backend.list())).toHaveLength(1)
  }

  test('the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.id)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secret)
    await expectWorks()
  })

  test('a section of the shared file', async () => {
    const sections = [
      '[default]\naws_access_key_id = nobody\naws_secret_access_key = x',
      `[backup]\naws_access_key_id = ${KEYS.id}\naws_secret_access_key = ${KEYS.secret}\n`
    ]
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', await file('credentials', sections.join('\n')))
    await expectWorks({ profile: 'backup' })
    await using unknown = createS3Backend(options)
    expect((await failureOf(unknown.stat('object'))).code).toBe('STORAGE_ACCESS_DENIED')
  })

  test('a program that the configuration names', async () => {
    const keys = { Version: 1, AccessKeyId: KEYS.id, SecretAccessKey: KEYS.secret }
    const program = await file('keys', `#!/bin/sh\nprintf '%s' '${JSON.stringify(keys)}'\n`)
    await chmod(program, 0o700)
    vi.stubEnv(
      'AWS_CONFIG_FILE',
      await file('config', `[profile program]\ncredential_process = ${program}\n`)
    )
    await expectWorks({ profile: 'program' })
  })

  test('the role of the container that it runs in', async () => {
    const asked: (string | undefined)[] = []
    const server = createServer(({ headers }, response) => {
      asked.push(headers.authorization)
      const { id: AccessKeyId, secret: SecretAccessKey } = KEYS
      const Expiration = new Date(Date.now() + 3_600_000).toISOString()
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token: '', Expiration }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/role`)
      vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'proof')
      await expectWorks()
      expect(new Set(asked)).toEqual(new Set(['proof']))
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('nowhere: that is told', async () => {
    await using backend = createS3Backend(options)
    expect((await failureOf(backend.stat('object'))).code).toBe('STORAGE_ACCESS_DENIED')
  })
})
