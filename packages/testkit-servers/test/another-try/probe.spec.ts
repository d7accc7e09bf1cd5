// Not one of the tests: programs.test.ts runs it and looks at what became of each.
import { expect, test } from 'vitest'
import { describeWith } from '../../src/programs.ts'

const attempts = new Map<string, number>()
const attempt = (name: string): number => {
  attempts.set(name, (attempts.get(name) ?? 0) + 1)
  return attempts.get(name) ?? 0
}

describeWith([], 'a server', () => {
  test('breaks off once', () => {
    if (attempt('once') === 1) throw Object.assign(new Error('the line broke'), { retry: 'may-help' })
  })
  test('breaks off again and again', () => {
    attempt('again')
    throw Object.assign(new Error('the line broke'), { retry: 'may-help' })
  })
  test('refuses', () => {
    if (attempt('refuses') === 1) throw Object.assign(new Error('wrong password'), { retry: 'never' })
  })
  test('does not answer what is expected', () => {
    expect(attempt('expected')).toBe(2)
  })
})

test('attempts', () => {
  expect(Object.fromEntries(attempts)).toEqual({ once: 2, again: 2, refuses: 1, expected: 1 })
})
