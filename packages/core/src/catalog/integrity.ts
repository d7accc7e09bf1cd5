import type { SqlConnection } from './sql-connection.ts'

/** Checks the structure of the file, without comparing tables with their indexes; the first problem found. */
export function quickCheck(connection: SqlConnection): string | undefined {
  const answer = connection.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check
  return answer === 'ok' ? undefined : (answer ?? 'the check gave no answer')
}

/** Rules of the content that the schema cannot express, as queries that count what breaks them. */
const RULES: readonly (readonly [problem: string, query: string])[] = [
  ['entries whose interval is empty', 'SELECT count(*) AS n FROM entry WHERE from_seq >= to_seq'],
  [
    'entries that begin with a version that does not exist',
    'SELECT count(*) AS n FROM entry WHERE from_seq NOT IN (SELECT seq FROM fileset)'
  ],
  [
    'entries that end with a version that does not exist',
    'SELECT count(*) AS n FROM entry WHERE to_seq NOT IN (SELECT seq FROM fileset UNION ALL SELECT 9007199254740991)'
  ],
  [
    'paths that a version has twice',
    `SELECT count(*) AS n FROM (SELECT to_seq > lead(from_seq) OVER (PARTITION BY folder_id, name ORDER BY from_seq) AS overlaps
      FROM entry) WHERE overlaps`
  ],
  [
    'entries without a folder',
    'SELECT count(*) AS n FROM entry WHERE folder_id NOT IN (SELECT id FROM folder)'
  ],
  [
    'entries whose blocks are not known',
    `SELECT count(*) AS n FROM entry WHERE (content_id IS NOT NULL AND content_id NOT IN (SELECT id FROM blockset))
      OR (meta_content_id IS NOT NULL AND meta_content_id NOT IN (SELECT id FROM blockset))`
  ],
  [
    'files without a hash',
    'SELECT count(*) AS n FROM entry WHERE type = 0 AND (hash IS NULL OR size IS NULL OR size < 0)'
  ],
  [
    'blocks of no volume',
    'SELECT count(*) AS n FROM block_run WHERE volume_id NOT IN (SELECT id FROM volume)'
  ],
  [
    'runs of blocks that do not add up',
    'SELECT count(*) AS n FROM block_run WHERE count < 1 OR length(sizes) <> 4 * count OR length(hashes) % count <> 0'
  ],
  [
    'runs of blocks that overlap',
    'SELECT count(*) AS n FROM (SELECT first + count > lead(first) OVER (ORDER BY first) AS overlaps FROM block_run) WHERE overlaps'
  ],
  [
    'versions whose counts are wrong',
    `SELECT count(*) AS n FROM fileset AS f WHERE state = 1 AND (entries, files, bytes) <> (
      SELECT count(*), ifnull(sum(type = 0), 0), ifnull(sum(iif(type = 0, size, 0)), 0)
      FROM entry WHERE from_seq <= f.seq AND to_seq > f.seq)`
  ]
]

/** Checks everything: the file, its indexes and the rules of its content. Describes what was found; empty: all is well. */
export function fullCheck(connection: SqlConnection): string[] {
  const pages = connection
    .all<{ integrity_check: string }>('PRAGMA integrity_check(100)')
    .map((row) => row.integrity_check)
    .filter((answer) => answer !== 'ok')
  if (pages.length > 0) return pages
  return RULES.flatMap(([problem, query]) => {
    const count = connection.get<{ n: number }>(query)?.n ?? 0
    return count === 0 ? [] : [`${count} ${problem}`]
  })
}
