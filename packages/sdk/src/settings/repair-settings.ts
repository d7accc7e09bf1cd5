import type { Setting } from './setting.ts'

/** What lost volumes may be mended from. */
export const REPAIR_SETTINGS: readonly Setting[] = [
  {
    name: 'replica',
    type: { kind: 'text' },
    operations: ['repair'],
    description: 'Another place with the same volumes, from which lost ones are brought back',
    options: [{ option: 'replica', common: true }]
  },
  {
    name: 'localBlocks',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['repair'],
    description: 'Look for lost blocks in the files that they came from',
    options: [{ option: 'local-blocks' }]
  }
]
