import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  assertKnownKeys,
  ConfigurationError,
  isTercetError,
  nearestName,
  outcomeOf,
  revealSecret,
  Secret,
  StorageError,
  TercetError
} from '../src/index.ts'

describe('errors', () => {
  test('carry code, retry, context and cause', () => {
    const cause = new Error('socket closed')
    const error = new StorageError('STORAGE_UNAVAILABLE', 'gone', {
      cause,
      retry: 'may-help',
      context: { path: 'a' }
    })
    expect(error).toMatchObject({
      name: 'StorageError',
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help',
      cause
    })
    expect(error.context).toEqual({ path: 'a' })
    expect(Object.isFrozen(error.context)).toBe(true)
    expect(error).toBeInstanceOf(TercetError)
    expect(new StorageError('STORAGE_FULL', 'full')).toMatchObject({ retry: 'never', context: {} })
    expect('cause' in new StorageError('STORAGE_FULL', 'full')).toBe(false)
  })

  test('are recognised across copies of the package, by code where wanted', async () => {
    const copy = Object.assign(new Error('x'), { code: 'STORAGE_FULL', [Symbol.for('tercet.error')]: true })
    expect(isTercetError(copy)).toBe(true)
    expect(isTercetError(copy, 'STORAGE_FULL')).toBe(true)
    expect(isTercetError(copy, 'STORAGE_NOT_FOUND')).toBe(false)
    for (const other of [new Error('x'), { code: 'STORAGE_FULL' }, null, undefined, 'STORAGE_FULL']) {
      expect(isTercetError(other)).toBe(false)
    }
  })
})

test('a misspelt setting is refused with the nearest name', () => {
  assertKnownKeys({ attempts: 1 }, ['attempts', 'delayMs'], 'retry')
  const misspelt = () => assertKnownKeys({ atempts: 1 }, ['attempts', 'delayMs'], 'retry')
  expect(misspelt).toThrow(ConfigurationError)
  expect(misspelt).toThrow('retry has no setting "atempts"; did you mean "attempts"?')
  expect(() => assertKnownKeys({ xyzzy: 1 }, ['attempts'], 'retry')).toThrow(/^retry has no setting "xyzzy"$/)
})

test.each([
  ['blok-size', 'blocksize'],
  ['passhprase', 'passphrase'],
  ['DBPATH', 'dbpath'],
  ['dbpth', 'dbpath'],
  ['zzz', undefined],
  ['', undefined]
])('the nearest to %j is %j', (name, nearest) => {
  expect(nearestName(name, ['blocksize', 'passphrase', 'dbpath', 'dblock-size'])).toBe(nearest)
})

test('an outcome is as bad as the worst issue', () => {
  const issue = (severity: 'warning' | 'error') => ({ code: 'X', severity, message: 'x' })
  expect(outcomeOf([])).toBe('success')
  expect(outcomeOf([issue('warning')])).toBe('warning')
  expect(outcomeOf([issue('error'), issue('warning')])).toBe('error')
})

test('a secret shows nowhere but where it is asked for', () => {
  const secret = new Secret('hunter2')
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    `${secret}`
  ]
  for (const text of shown) {
    expect(text).toContain('[secret]')
    expect(text).not.toContain('hunter2')
  }
  expect(Object.keys(secret)).toEqual([])
  expect(revealSecret(secret)).toBe('hunter2')
  expect(revealSecret('plain')).toBe('plain')
})
