import type { PromiseMethod } from '@tercet/interface'

/** Methods that change something at a store. */
export const CHANGING: ReadonlySet<PromiseMethod> = new Set([
  'put',
  'delete',
  'deleteMany',
  'rename',
  'copy',
  'createFolder',
  'setLock',
  'restoreArchived'
])
