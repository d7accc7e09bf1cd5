import { readFileSync } from 'node:fs'
import type { AccountCalls } from './account-calls.ts'

export interface AccountsOptions {
  /** Asked for accounts that the files do not have, such as those of a directory service. */
  readonly calls?: AccountCalls | undefined
  /** @defaultValue '/etc/passwd' */
  readonly passwdFile?: string | undefined
  /** @defaultValue '/etc/group' */
  readonly groupFile?: string | undefined
}

/**
 * Names of users and groups and their ids. The account files are read once, when they are first needed; every answer
 * is kept, also that there is none. Works without native functions, for the accounts in the files.
 */
export function createAccounts(options: AccountsOptions = {}): AccountCalls {
  const { calls } = options
  const users = new Accounts(
    options.passwdFile ?? '/etc/passwd',
    (id) => calls?.userName(id),
    (name) => calls?.userId(name)
  )
  const groups = new Accounts(
    options.groupFile ?? '/etc/group',
    (id) => calls?.groupName(id),
    (name) => calls?.groupId(name)
  )
  return {
    userName: (uid) => users.name(uid),
    groupName: (gid) => groups.name(gid),
    userId: (name) => users.id(name),
    groupId: (name) => groups.id(name)
  }
}

class Accounts {
  readonly #file: string
  readonly #askName: (id: number) => string | undefined
  readonly #askId: (name: string) => number | undefined
  readonly #names = new Map<number, string | undefined>()
  readonly #ids = new Map<string, number | undefined>()
  #isRead = false

  constructor(
    file: string,
    askName: (id: number) => string | undefined,
    askId: (name: string) => number | undefined
  ) {
    this.#file = file
    this.#askName = askName
    this.#askId = askId
  }

  name(id: number): string | undefined {
    this.#read()
    if (!this.#names.has(id)) this.#names.set(id, this.#askName(id))
    return this.#names.get(id)
  }

  id(name: string): number | undefined {
    this.#read()
    if (!this.#ids.has(name)) this.#ids.set(name, this.#askId(name))
    return this.#ids.get(name)
  }

  /** Lines are `name:password:id:…` in both files. The first of two entries counts, as it does for the system. */
  #read(): void {
    if (this.#isRead) return
    this.#isRead = true
    for (const line of readText(this.#file).split('\n')) {
      const [name, , id] = line.split(':')
      if (!name || name.startsWith('#') || id === undefined || !/^\d{1,10}$/.test(id)) continue
      if (!this.#names.has(Number(id))) this.#names.set(Number(id), name)
      if (!this.#ids.has(name)) this.#ids.set(name, Number(id))
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
