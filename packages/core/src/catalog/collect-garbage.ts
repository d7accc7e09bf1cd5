import type { SqlConnection } from './sql-connection.ts'

/** Removes streams, blocklists and folders that no entry refers to any more. */
export function collectGarbage(connection: SqlConnection): void {
  connection.exec(`
    DELETE FROM blockset WHERE id NOT IN (
      SELECT content_id FROM entry WHERE content_id IS NOT NULL
      UNION SELECT meta_content_id FROM entry WHERE meta_content_id IS NOT NULL);
    DELETE FROM blocklist WHERE hash NOT IN (
      WITH RECURSIVE piece(lists, width, at) AS (
        SELECT blocklists, length(blocklists) / list_count, 0 FROM blockset WHERE list_count > 0
        UNION ALL SELECT lists, width, at + width FROM piece WHERE at + 2 * width <= length(lists))
      SELECT substr(lists, at + 1, width) FROM piece);
    DELETE FROM folder WHERE id NOT IN (SELECT folder_id FROM entry);
  `)
}
