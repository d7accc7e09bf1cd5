import type { CallOptions, Secret } from '@tercet/interface'

/** Where secrets are kept: passwords of stores, passphrases. Anybody may write one. */
export interface SecretProvider {
  /**
   * The secrets of these names; one that it does not have is left out.
   *
   * @throws JobsError `SECRET_PROVIDER_FAILED`
   */
  resolve(names: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, Secret>>
}

/** How a provider is made of a URL: `open` gets what follows the scheme. */
export interface SecretProviderScheme {
  /** Without the colon, in lower case. */
  readonly scheme: string
  open(location: string): SecretProvider
}
