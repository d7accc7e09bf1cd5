import { revealSecret, type Secret } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { azureScheme, createAzureBackend, readAzureUrl } from '../src/index.ts'

const read = (url: string, options: Record<string, string> = {}, environment: Record<string, string> = {}) =>
  readAzureUrl(url, { options, environment }).backend
const text = (secret: Secret | string | undefined) =>
  secret === undefined ? undefined : revealSecret(secret)

describe('URLs of Azure', () => {
  test('name container and folder, and the account by all names that are in use', () => {
    const key = 'a+b/c=='
    for (const backend of [
      read(`azure://backups/laptop?auth-username=acc&auth-password=${encodeURIComponent(key)}`),
      read('azure://backups/laptop', { 'azure-account-name': 'acc', 'azure-access-key': key }),
      read('azure://backups/laptop', {}, { AZURE_STORAGE_ACCOUNT: 'acc', AZURE_STORAGE_KEY: key })
    ]) {
      expect(backend).toMatchObject({ container: 'backups', prefix: 'laptop', account: 'acc' })
      expect(text(backend.accountKey)).toBe(key)
    }
  })

  test('take a signature or a connection string, which the environment does not mix with', () => {
    const environment = { AZURE_STORAGE_KEY: 'other', AZURE_STORAGE_CONNECTION_STRING: 'AccountName=x' }
    const signed = read(
      'azure://backups?azure-account-name=acc&azure-access-sas-token=sv%3D1',
      {},
      environment
    )
    expect([text(signed.sasToken), signed.accountKey, signed.connectionString]).toEqual([
      'sv=1',
      undefined,
      undefined
    ])
    const connected = read(
      'azure://backups',
      { 'azure-connection-string': 'AccountName=acc;AccountKey=k==' },
      environment
    )
    expect([text(connected.connectionString), connected.accountKey]).toEqual([
      'AccountName=acc;AccountKey=k==',
      undefined
    ])
    expect(createAzureBackend(connected).displayName).toBe('azure://backups (acc)')
  })

  test('tell by their host whose cloud it is', () => {
    const endpointOf = (endpoint?: string) =>
      createAzureBackend({ container: 'backups', account: 'acc', endpoint }).endpoint
    expect(endpointOf()).toEqual({ host: 'acc.blob.core.windows.net', provider: 'Microsoft Azure' })
    expect(endpointOf('https://acc.blob.core.usgovcloudapi.net')?.provider).toBe('Microsoft Azure Government')
    expect(endpointOf('http://127.0.0.1:10000/acc')).toEqual({ host: '127.0.0.1' })
  })

  test('that lack an account or have what nobody knows are refused', async () => {
    expect(() => read('azure://backups')).toThrow(expect.objectContaining({ code: 'STORAGE_INVALID_URL' }))
    expect(() => read('azure://backups?azure-acount-name=x')).toThrow(/azure-account-name/)
    await expect(
      azureScheme.open('azure://Not_A_Name?azure-account-name=x', { environment: {} })
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
  })

  test('options that cannot be are refused at once', () => {
    for (const wrong of [{ container: 'a' }, { blockBytes: 0 }, { account: undefined }, { contaner: 'x' }])
      expect(() => createAzureBackend({ container: 'backups', account: 'acc', ...wrong })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^CONFIG_/) })
      )
  })
})
