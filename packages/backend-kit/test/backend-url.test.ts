import { type BackendContext, StorageError } from '@tercet/interface'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BackendAddress,
  CREDENTIAL_OPTIONS,
  displayAddress,
  readBackendUrl,
  TLS_OPTIONS
} from '../src/index.ts'

const form = {
  options: [
    ...CREDENTIAL_OPTIONS,
    ...TLS_OPTIONS,
    { name: 'parts', description: 'a number' },
    { name: 'mode', description: 'a choice' }
  ]
}

const read = (url: string, context: BackendContext = {}): BackendAddress =>
  readBackendUrl(url, { environment: {}, ...context }, form)

describe('a URL', () => {
  test('has a host, a port, a path, a user and options, all decoded', () => {
    const address = read('STORE://ada:p%40ss%3Aword@Host.example:99/a%20b/c+d%2Fe/?parts=7&mode=a+b%2B')
    expect(address).toMatchObject({
      scheme: 'store',
      host: 'Host.example',
      port: 99,
      path: 'a b/c+d/e',
      username: 'ada'
    })
    expect(address.password?.reveal()).toBe('p@ss:word')
    expect(address.options.integer('parts')).toBe(7)
    expect(address.options.text('mode')).toBe('a b+')
  })

  test('may have nothing but a host', () => {
    expect(read('store://host')).toMatchObject({
      host: 'host',
      port: undefined,
      path: '',
      username: undefined
    })
    expect(read('store://[::1]:21/').host).toBe('::1')
    expect(displayAddress(read('store://[::1]:21/'))).toBe('store://[::1]:21/')
  })

  test('may have an @ in its password that was not encoded', () => {
    expect(read('store://a:b@c@host/x').password?.reveal()).toBe('b@c')
  })

  test('may name something that is no server', () => {
    const name = readBackendUrl('store://my_Bucket:1/x', { environment: {} }, { ...form, authority: 'name' })
    expect(name).toMatchObject({ host: 'my_Bucket:1', path: 'x' })
  })

  test.each([
    'store:/host',
    'store://',
    'store://user@/x',
    'store://host:0/',
    'store://host:70000/',
    'store://host:x/',
    'store://host/100%',
    'store://host/?unknown=1',
    'no url'
  ])('%s is refused', (url) => {
    expect(() => read(url)).toThrow(expect.objectContaining({ code: 'STORAGE_INVALID_URL' }))
  })

  test('an unknown option is told with the nearest name', () => {
    expect(() => read('store://host/?auth-pasword=x')).toThrow(/did you mean "auth-password"/)
  })

  test('an error shows nothing of the user, the password and the values', () => {
    const urls = [
      'store://hidden1:hidden2@host:x/',
      'store://hidden1:hidden2@host/?parts=hidden3',
      'store://hidden1:hidden2%@h/'
    ]
    for (const url of urls) {
      try {
        read(url).options.integer('parts')
        expect.unreachable()
      } catch (error) {
        expect(error).toBeInstanceOf(StorageError)
        expect(`${(error as Error).message} ${JSON.stringify((error as StorageError).context)}`).not.toMatch(
          /hidden/
        )
      }
    }
  })

  test('whatever its parts are, they come back when they were encoded', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => each.isWellFormed())
    const property = fc.property(text, text, text, (username, password, name) => {
      fc.pre(!/^\/|\/$/.test(name))
      const encoded = [username, password, name].map(encodeURIComponent)
      const address = read(`store://${encoded[0]}:${encoded[1]}@host/${encoded[2]}?mode=${encoded[2]}`)
      expect(address).toMatchObject({ username, path: name })
      expect(address.password?.reveal()).toBe(password)
      expect(address.options.text('mode')).toBe(name)
    })
    fc.assert(property, { seed: 1 })
  })
})

test('who one is comes from the nearest place that says so', () => {
  const environment = { AUTH_USERNAME: 'environment', AUTH_PASSWORD: 'environment' }
  const who = (url: string, context: BackendContext = {}): unknown[] => {
    const address = readBackendUrl(url, { environment, ...context }, form)
    return [address.username, address.password?.reveal()]
  }
  expect(who('store://host')).toEqual(['environment', 'environment'])
  expect(who('store://user:user@host')).toEqual(['user', 'user'])
  expect(who('store://user:user@host?auth-username=query&auth-password=query')).toEqual(['query', 'query'])
  const options = { 'auth-username': 'option', 'auth-password': 'option' }
  expect(who('store://host?auth-username=query', { options })).toEqual(['option', 'option'])
  const credentials = { username: 'given', password: 'given' }
  expect(who('store://host', { options, credentials })).toEqual(['given', 'given'])
})

test('a further variable may hold the password', () => {
  const address = readBackendUrl(
    'store://host',
    { environment: { FTP_PASSWORD: 'x' } },
    { ...form, passwordVariables: ['FTP_PASSWORD'] }
  )
  expect(address.password?.reveal()).toBe('x')
})

describe('options', () => {
  const option = (query: string) => read(`store://host/?${query}`).options

  test('are flags, numbers and choices', () => {
    for (const text of ['', '=true', '=1', '=on', '=YES'])
      expect(option(`accept-any-ssl-certificate${text}`).flag('accept-any-ssl-certificate')).toBe(true)
    for (const text of ['=false', '=0', '=off'])
      expect(option(`accept-any-ssl-certificate${text}`).flag('accept-any-ssl-certificate')).toBe(false)
    expect(option('').flag('accept-any-ssl-certificate')).toBe(false)
    expect(option('mode=ONE').choice('mode', ['one', 'two'])).toBe('one')
    expect(option('').integer('parts')).toBeUndefined()
  })

  test.each([
    ['parts=-1', (values: BackendAddress['options']) => values.integer('parts')],
    ['parts=1.5', (values: BackendAddress['options']) => values.integer('parts')],
    ['parts=9', (values: BackendAddress['options']) => values.integer('parts', 1, 8)],
    ['mode=three', (values: BackendAddress['options']) => values.choice('mode', ['one', 'two'])],
    [
      'accept-any-ssl-certificate=maybe',
      (values: BackendAddress['options']) => values.flag('accept-any-ssl-certificate')
    ]
  ] as const)('%s is refused', (query, use) => {
    expect(() => use(option(query))).toThrow(expect.objectContaining({ code: 'STORAGE_INVALID_URL' }))
  })
})
