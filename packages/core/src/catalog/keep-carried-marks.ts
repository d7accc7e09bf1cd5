import { ENTRY_VALUE_COLUMNS } from './entry-changes.ts'
import { OPEN_SEQ } from './schema.ts'
import type { SqlConnection } from './sql-connection.ts'

/**
 * Before entries of versions that go become entries of the next one that stays: those that this one has carried over
 * without being looked at would pass for its own. They get a mark of their own there, as `changes.markStale` gives it;
 * the versions behind it keep them as they are. Works on the table `gone`, when nothing ends within it any more.
 */
export function keepCarriedMarks(connection: SqlConnection): void {
  const some = connection.get('SELECT 1 FROM carried_range WHERE seq IN (SELECT next FROM gone) LIMIT 1')
  if (some === undefined) return
  connection.exec(`
    CREATE TEMP TABLE unread AS
      SELECT e.folder_id, e.name, e.from_seq, ifnull((SELECT min(seq) FROM fileset
        WHERE seq > gone.next AND seq NOT IN (SELECT seq FROM gone)), ${OPEN_SEQ}) AS until
      FROM carried_range AS r
        CROSS JOIN gone ON gone.next = r.seq
        CROSS JOIN folder AS f ON f.path >= from_folder AND f.path <= to_folder
        CROSS JOIN entry AS e ON e.folder_id = f.id AND e.from_seq = gone.seq
      WHERE (f.path, e.name) >= (from_folder, from_name) AND (f.path, e.name) < (to_folder, to_name);
    INSERT INTO entry(folder_id, name, from_seq, to_seq, ${ENTRY_VALUE_COLUMNS})
      SELECT e.folder_id, e.name, until, to_seq, ${ENTRY_VALUE_COLUMNS} FROM unread AS u
        CROSS JOIN entry AS e ON (e.folder_id, e.name, e.from_seq) = (u.folder_id, u.name, u.from_seq)
      WHERE to_seq > until;
    UPDATE entry SET flags = flags | 1, signature = NULL, to_seq = min(to_seq, until) FROM unread AS u
      WHERE (entry.folder_id, entry.name, entry.from_seq) = (u.folder_id, u.name, u.from_seq);
    DROP TABLE unread;
  `)
}
