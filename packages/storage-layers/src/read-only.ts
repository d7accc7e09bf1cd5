import {
  type CallOptions,
  type PromiseMethod,
  type StorageBackend,
  StorageError,
  type StorageLayer
} from '@tercet/interface'
import { CHANGING } from './changing-methods.ts'
import { ForwardingBackend } from './forwarding-backend.ts'

/** Rejects every call that changes something with `STORAGE_READ_ONLY`, before it reaches the backend. */
export function readOnly(): StorageLayer {
  return (inner) => new ReadOnlyBackend(inner)
}

class ReadOnlyBackend extends ForwardingBackend implements StorageBackend {
  protected override async around<T>(
    method: PromiseMethod,
    options: CallOptions | undefined,
    call: (options: CallOptions | undefined) => Promise<T>
  ): Promise<T> {
    if (!CHANGING.has(method)) return await call(options)
    throw new StorageError(
      'STORAGE_READ_ONLY',
      `${this.displayName} was opened for reading only; ${method} refused`,
      {
        context: { scheme: this.scheme, method }
      }
    )
  }
}
