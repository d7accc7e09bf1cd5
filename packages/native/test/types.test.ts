import { expectTypeOf, test } from 'vitest'
import { loadNative, type Native, type NativeErrorCode } from '../src/index.ts'

test('everything native may be missing, as a whole and part by part', () => {
  expectTypeOf(loadNative).returns.toEqualTypeOf<Native | undefined>()
  expectTypeOf<undefined>().toExtend<Native['posix']>()
  expectTypeOf<undefined>().toExtend<Native['zstd']>()
  expectTypeOf<NativeErrorCode>().toExtend<string>()
})
