import type { Koffi, KoffiLibrary } from './koffi.ts'

/** The system's account database, which may be more than `/etc/passwd`. Undefined: no such account. */
export interface AccountCalls {
  userName(uid: number): string | undefined
  groupName(gid: number): string | undefined
  userId(name: string): number | undefined
  groupId(name: string): number | undefined
}

type Query = (
  key: number | string,
  record: Uint8Array,
  text: Uint8Array,
  size: number,
  found: Uint8Array
) => number

const ERANGE = 34
const MAX_TEXT_BYTES = 1 << 20
/** Room for `struct passwd` and `struct group`; both start with a pointer to the name, and have the id at byte 16. */
const RECORD_BYTES = 256
const ID_OFFSET = 16

/** The re-entrant functions, since other threads may ask at the same time. */
export function bindAccounts(ffi: Koffi, library: KoffiLibrary): AccountCalls {
  const bind = (symbol: string, key: string) =>
    library.func<Query>(symbol, 'int', [key, 'void *', 'void *', 'size_t', 'void *'])
  const userById = bind('getpwuid_r', 'uint')
  const userByName = bind('getpwnam_r', 'str')
  const groupById = bind('getgrgid_r', 'uint')
  const groupByName = bind('getgrnam_r', 'str')
  const record = Buffer.alloc(RECORD_BYTES)
  const found = Buffer.alloc(8)

  /** What `take` reads from the record, while the text it points to is still there. */
  function ask<Value>(query: Query, key: number | string, take: () => Value): Value | undefined {
    for (let size = 4096; size <= MAX_TEXT_BYTES; size *= 4) {
      const text = Buffer.alloc(size)
      const result = query(key, record, text, size, found)
      if (result === 0) return found.every((byte) => byte === 0) ? undefined : take()
      if (result !== ERANGE) return undefined
    }
    return undefined
  }
  const name = () => ffi.decode(record, 'str') as string
  const id = () => record.readUInt32LE(ID_OFFSET)

  return {
    userName: (uid) => ask(userById, uid, name),
    groupName: (gid) => ask(groupById, gid, name),
    userId: (user) => (user.includes('\0') ? undefined : ask(userByName, user, id)),
    groupId: (group) => (group.includes('\0') ? undefined : ask(groupByName, group, id))
  }
}
