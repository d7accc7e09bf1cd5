import { revealSecret } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { openSwiftBackend, readSwiftUrl } from '../src/index.ts'

const read = (url: string, environment: Record<string, string> = {}) =>
  readSwiftUrl(url, { environment }).backend

describe('URLs of OpenStack', () => {
  test('name container and folder, and how one logs in by the names of Duplicati', () => {
    const backend = read(
      'openstack://backups/laptop?openstack-authuri=https%3A%2F%2Fkeystone.example%2Fv3&auth-username=me' +
        '&auth-password=p%2Bw&openstack-tenant-name=project&openstack-domain-name=ours&openstack-region=GRA'
    )
    expect(backend).toMatchObject({
      container: 'backups',
      prefix: 'laptop',
      authUrl: 'https://keystone.example/v3',
      username: 'me',
      project: 'project',
      domain: 'ours',
      region: 'GRA'
    })
    expect(revealSecret(backend.password ?? '')).toBe('p+w')
  })

  test('take what is not given from the variables of OpenStack', () => {
    const backend = read('openstack://backups', {
      OS_AUTH_URL: 'https://keystone.example/v3',
      OS_APPLICATION_CREDENTIAL_ID: 'id',
      OS_APPLICATION_CREDENTIAL_SECRET: 'hidden'
    })
    expect(backend.authUrl).toBe('https://keystone.example/v3')
    expect(backend.applicationCredential?.id).toBe('id')
    expect(JSON.stringify(backend)).not.toContain('hidden')
  })

  test('that lack something or have what nobody knows are refused', async () => {
    expect(() => read('openstack://backups')).toThrow(/openstack-authuri/)
    expect(() => read('openstack://backups?openstack-authur=x')).toThrow(/openstack-authuri/)
    const authUrl = 'https://keystone.example'
    const wrong = [{ container: 'a/b' }, { authUrl: 'keystone' }, { username: undefined }, { contaner: 'x' }]
    for (const more of wrong)
      await expect(
        openSwiftBackend({ container: 'c', authUrl, username: 'u', password: 'p', ...more } as never)
      ).rejects.toMatchObject({ code: expect.stringMatching(/^CONFIG_/) })
  })
})
