import type { Secret } from './secret.ts'
import type { StorageBackend } from './storage-backend.ts'

/** Who one is at a store; kept apart from the URL so that the URL can be shown. */
export interface BackendCredentials {
  readonly username?: string | undefined
  readonly password?: Secret | string | undefined
}

/** What a URL needs besides itself to become a backend. */
export interface BackendContext {
  readonly credentials?: BackendCredentials | undefined
  /** Settings by the names of {@link BackendScheme.options}, as text, as they come from a command line. */
  readonly options?: Readonly<Record<string, string>> | undefined
  /** Variables that may hold credentials. @defaultValue those of the process */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** A setting that a scheme understands. */
export interface BackendSchemeOption {
  readonly name: string
  readonly description: string
  /** The value must not be shown. */
  readonly secret?: boolean | undefined
  /** It is true or false; the name alone is true. */
  readonly flag?: boolean | undefined
}

/**
 * How URLs of one scheme become backends. A registry holds those that its owner put in; no package registers itself by
 * being imported.
 */
export interface BackendScheme {
  /** Without the colon, in lower case. */
  readonly scheme: string
  readonly options?: readonly BackendSchemeOption[] | undefined
  /**
   * Does what I/O the backend needs to know its capabilities, no more.
   *
   * @throws StorageError `STORAGE_INVALID_URL` when the URL or an option cannot be understood
   */
  open(url: string, context?: BackendContext): Promise<StorageBackend> | StorageBackend
}
