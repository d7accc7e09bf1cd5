import { spawnSync } from 'node:child_process'
import { expect, it, vi } from 'vitest'
import { loadSqlite, withoutSqliteWarning } from '../src/load-sqlite.ts'

it('holds back the warning of node:sqlite and no other one', () => {
  const emitted: unknown[][] = []
  const emitWarning = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation((...args: unknown[]) => void emitted.push(args))
  try {
    const result = withoutSqliteWarning(() => {
      process.emitWarning(
        'SQLite is an experimental feature and might change at any time',
        'ExperimentalWarning'
      )
      process.emitWarning('Other is an experimental feature', 'ExperimentalWarning')
      process.emitWarning('SQLite is deprecated', 'DeprecationWarning', 'DEP1')
      return 5
    })
    process.emitWarning(
      'SQLite is an experimental feature and might change at any time',
      'ExperimentalWarning'
    )
    expect(result).toBe(5)
  } finally {
    emitWarning.mockRestore()
  }
  expect(emitted.map(([text]) => text)).toEqual([
    'Other is an experimental feature',
    'SQLite is deprecated',
    'SQLite is an experimental feature and might change at any time'
  ])
})

it('prints nothing when a program opens a database', () => {
  const module = new URL('../src/index.ts', import.meta.url).href
  const code = `const { loadSqlite } = await import(${JSON.stringify(module)}); new (loadSqlite().DatabaseSync)(':memory:').close()`
  const args = [
    '--conditions=@tercet/source',
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--input-type=module',
    '-e',
    code
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  expect([status, stdout, stderr]).toEqual([0, '', ''])
})

it('gives the module', () => {
  expect(loadSqlite().DatabaseSync).toBeTypeOf('function')
})
