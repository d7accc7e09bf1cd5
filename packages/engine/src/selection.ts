/** What a text chooses from a destination, for programs that have not opened one yet. */
export { parseTime } from './common/selection-time.ts'
export { parseVersionList } from './common/selection-versions.ts'
