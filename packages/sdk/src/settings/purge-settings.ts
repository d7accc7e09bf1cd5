import type { Setting } from './setting.ts'

/** What is taken out of which versions; paths and patterns are given as they are, as those of a restore. */
export const PURGE_SETTINGS: readonly Setting[] = [
  {
    name: 'versions',
    type: { kind: 'versions' },
    default: 'all',
    operations: ['purge'],
    description: 'Numbers of versions, such as 3,5-7; 0 is the newest',
    options: [{ option: 'version', common: true }]
  },
  {
    name: 'time',
    type: { kind: 'time' },
    operations: ['purge'],
    description: 'Versions of then and before (2024-05-01, 6M)',
    options: [{ option: 'time', common: true }]
  },
  {
    name: 'filters',
    type: { kind: 'filters' },
    operations: ['purge'],
    description: 'Rules in order; the first that matches a path decides, and what none matches stays',
    options: [
      { option: 'include', sign: '+', common: true, description: 'What matches goes; rules work in order' },
      { option: 'exclude', sign: '-', common: true, description: 'What matches stays' }
    ]
  },
  {
    name: 'replaceMetadata',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['purgeBroken'],
    description: 'Files of which only the metadata is lost stay, without it',
    options: [
      {
        option: 'disable-replace-missing-metadata',
        flag: false,
        common: true,
        description: 'Files of which only the metadata is lost go, too'
      }
    ]
  }
]
