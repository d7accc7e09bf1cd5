export { compareTrees, type TreeDifference } from './compare-trees.ts'
export { type DescribeTreeOptions, describeTree } from './describe-tree.ts'
export {
  copyFixture,
  type Fixture,
  type FixtureCopy,
  type FixtureInfo,
  fixtureNames,
  openFixture
} from './fixtures.ts'
export type {
  DestinationVector,
  FormatVector,
  NamesVector,
  VectorEntry,
  VectorFile,
  VectorRecord,
  VectorVersion,
  VerificationVector,
  VolumeVector
} from './format-vector.ts'
export { formatVectors, readFormatVector, type VectorIndex, type VectorSummary } from './format-vectors.ts'
export { changeTree, type MakeTreeOptions, makeTree, PLAIN_FEATURES, type TreeFeature } from './make-tree.ts'
export { type FileCalls, RandomOperations } from './random-operations.ts'
export { decodeRawName, encodeRawName } from './raw-names.ts'
export { createTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
export { noise, prose } from './test-content.ts'
export { TestDataError, type TestDataErrorCode } from './test-data-error.ts'
export { formatTree, parseTree, type TreeEntry } from './tree-entry.ts'
export { VECTOR_ERRORS, type VectorErrorWord } from './vector-errors.ts'
export { compareReading, type ReadEntry, type ReadVersion, type VectorReading } from './vector-reading.ts'
