import type { OperationObserver, StorageBackend } from '@tercet/interface'

const PROMISES = [
  'stat',
  'put',
  'delete',
  'deleteMany',
  'rename',
  'copy',
  'createFolder',
  'checksum',
  'quota',
  'setLock',
  'getLock',
  'restoreArchived',
  'localFile'
] as const

/** A backend whose calls, reading ones included, are announced to `observer` as storage operations. */
export function observed(inner: StorageBackend, observer: OperationObserver): StorageBackend {
  const backend: Record<string, unknown> = {}
  for (const name of PROMISES) {
    backend[name] = async (...args: readonly unknown[]) => {
      const operation = operationOf(name, args[0])
      observer(operation, 'before')
      const result = await Reflect.apply(inner[name], inner, args)
      observer(operation, 'after')
      return result
    }
  }
  for (const name of ['list', 'get'] as const) {
    backend[name] = async function* (...args: readonly unknown[]) {
      const operation = operationOf(name, args[0])
      observer(operation, 'before')
      for await (const item of Reflect.apply(inner[name], inner, args) as AsyncIterable<unknown>) {
        yield item
        observer(operation, 'before') // a read that was under way when the world was stopped does not go on
      }
      observer(operation, 'after')
    }
  }
  return Object.assign(backend as unknown as StorageBackend, {
    scheme: inner.scheme,
    displayName: inner.displayName,
    capabilities: inner.capabilities,
    localFolder: inner.localFolder,
    endpoint: inner.endpoint,
    [Symbol.asyncDispose]: () => Promise.resolve(inner[Symbol.asyncDispose]())
  })
}

function operationOf(name: string, path: unknown) {
  return { kind: 'storage', name, path: typeof path === 'string' ? path : undefined } as const
}
