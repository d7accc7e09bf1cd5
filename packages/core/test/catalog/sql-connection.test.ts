import { DatabaseSync } from 'node:sqlite'
import type { OperationObserver } from '@tercet/interface'
import { expect, it, onTestFinished } from 'vitest'
import { SqlConnection } from '../../src/catalog/sql-connection.ts'

function connect(observer?: OperationObserver): SqlConnection {
  const connection = new SqlConnection(new DatabaseSync(':memory:'), 'memory', observer)
  connection.exec('CREATE TABLE t(x INTEGER PRIMARY KEY)')
  onTestFinished(() => connection.close())
  return connection
}

function values(connection: SqlConnection): number[] {
  return connection.all<{ x: number }>('SELECT x FROM t ORDER BY x').map((row) => row.x)
}

it('stores all of a transaction or nothing', () => {
  const connection = connect()
  expect(() =>
    connection.transaction(() => {
      connection.run('INSERT INTO t VALUES(1)')
      throw new Error('no')
    })
  ).toThrow('no')
  expect(values(connection)).toEqual([])
  expect(connection.transaction(() => connection.run('INSERT INTO t VALUES(1)'))).toBe(1)
  expect(values(connection)).toEqual([1])
  expect(connection.commitCount).toBe(1)
})

it('commits a nested transaction with the outer one, once', () => {
  const connection = connect()
  connection.transaction(() => {
    connection.run('INSERT INTO t VALUES(1)')
    connection.transaction(() => connection.run('INSERT INTO t VALUES(2)'))
  })
  expect(values(connection)).toEqual([1, 2])
  expect(connection.commitCount).toBe(1)
})

it('does not commit the rest when a nested transaction failed, even if that was ignored', () => {
  const connection = connect()
  let rolledBack = 0
  connection.onRollback(() => rolledBack++)
  expect(() =>
    connection.transaction(() => {
      connection.run('INSERT INTO t VALUES(1)')
      try {
        connection.transaction(() => connection.run('INSERT INTO t VALUES(1)'))
      } catch {}
    })
  ).toThrow(expect.objectContaining({ code: 'CATALOG_CONFLICT' }))
  expect(values(connection)).toEqual([])
  expect(rolledBack).toBe(1)
  connection.run('INSERT INTO t VALUES(3)')
  expect(values(connection)).toEqual([3])
})

it('refuses asynchronous work', () => {
  const connection = connect()
  expect(() => connection.transaction(async () => {})).toThrow(TypeError)
})

it('tells the observer before and after each commit, also of single statements', () => {
  const seen: string[] = []
  const connection = connect(({ kind, name }, moment) => seen.push(`${moment} ${kind} ${name}`))
  connection.run('INSERT INTO t VALUES(1)')
  connection.transaction(() => {
    connection.run('INSERT INTO t VALUES(2)')
    connection.run('INSERT INTO t VALUES(3)')
  })
  expect(seen).toEqual(new Array(2).fill(['before catalog commit', 'after catalog commit']).flat())
})

it('stores nothing when the observer throws before, and everything when it throws after', () => {
  let failing: string | undefined
  const connection = connect((_, moment) => {
    if (moment === failing) throw new Error(`crash ${moment}`)
  })
  failing = 'before'
  expect(() => connection.run('INSERT INTO t VALUES(1)')).toThrow('crash before')
  failing = 'after'
  expect(() => connection.run('INSERT INTO t VALUES(2)')).toThrow('crash after')
  expect(values(connection)).toEqual([2])
})

it('streams the same query twice at once, and ends it when a loop is left', () => {
  const connection = connect()
  for (const x of [1, 2, 3]) connection.run('INSERT INTO t VALUES(?)', x)
  const pairs: number[][] = []
  for (const a of connection.iterate<{ x: number }>('SELECT x FROM t ORDER BY x')) {
    for (const b of connection.iterate<{ x: number }>('SELECT x FROM t ORDER BY x')) {
      if (b.x > 2) break
      pairs.push([a.x, b.x])
    }
  }
  expect(pairs).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
    [3, 1],
    [3, 2]
  ])
  connection.exec('DROP TABLE t')
})

it('counts statements', () => {
  const connection = connect()
  const before = connection.statementCount
  connection.get('SELECT 1')
  connection.run('INSERT INTO t VALUES(1)')
  // With BEGIN and COMMIT.
  expect(connection.statementCount - before).toBe(4)
})
