export { createSwiftContainer, openSwiftBackend } from './swift-backend.ts'
export type { SwiftAuthVersion, SwiftBackendOptions } from './swift-options.ts'
export { readSwiftUrl, swiftScheme } from './swift-scheme.ts'
