import type { OwnOption } from './command-spec.ts'

/** What is asked of the copies of a backup; wins over what a configuration of replication asks. */
export const POLICY_OPTIONS: readonly OwnOption[] = [
  { option: 'copies', value: 'n', description: 'Copies, the data itself included [3]', common: true },
  { option: 'media', value: 'n', description: 'Kinds of media [2]', common: true },
  { option: 'offsite', value: 'n', description: 'Copies elsewhere than the data [1]', common: true },
  {
    option: 'immutable',
    value: 'n',
    description: 'Copies that nobody can change, or that are not connected [0]',
    common: true
  },
  {
    option: 'max-unverified-age',
    value: 'duration',
    description: 'Every copy was verified within this time, with nothing wrong',
    common: true
  },
  {
    option: 'verify-depth',
    value: 'name',
    description: 'How deep: listing, checksum, download or restore [checksum]'
  },
  {
    option: 'max-age',
    value: 'duration',
    description: 'A copy whose newest version is older does not count'
  },
  {
    option: 'max-behind',
    value: 'n',
    description: 'A copy that lacks more of the newest versions does not count'
  },
  { option: 'without-source', description: 'The data itself is none of the copies' }
]
