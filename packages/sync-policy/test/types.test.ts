import { expectTypeOf, test } from 'vitest'
import {
  parseSyncConfiguration,
  type SyncConfiguration,
  type SyncDestination,
  type SyncOptions,
  type SyncTrigger
} from '../src/index.ts'

test('types are those that programs rely on', () => {
  expectTypeOf(parseSyncConfiguration).returns.toEqualTypeOf<SyncConfiguration>()
  expectTypeOf<SyncDestination['trigger']>().toEqualTypeOf<SyncTrigger>()
  expectTypeOf<SyncTrigger['mode']>().toEqualTypeOf<'inline' | 'interval' | 'counting'>()
  expectTypeOf<SyncOptions['verifyContents']>().toEqualTypeOf<'listing' | 'checksum' | 'download'>()
  expectTypeOf<SyncOptions['throttleUpload']>().toEqualTypeOf<number | undefined>()
})
