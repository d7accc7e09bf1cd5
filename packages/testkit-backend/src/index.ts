export {
  type BackendTarget,
  type ConformanceCase,
  type ConformanceFailure,
  type ConformanceReport,
  conformanceCases,
  runConformance,
  runConformanceCase
} from './conformance.ts'
export { testStorageBackend } from './test-storage-backend.ts'
