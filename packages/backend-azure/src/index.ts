export { createAzureBackend, createAzureContainer } from './azure-backend.ts'
export type { AzureBackendOptions } from './azure-options.ts'
export { azureScheme, readAzureUrl } from './azure-scheme.ts'
export type { EntraApplication, ManagedIdentity } from './entra-credential.ts'
