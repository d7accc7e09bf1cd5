import { expectTypeOf, test } from 'vitest'
import * as node from '../src/index.node.ts'
import type { VolumeErrorCode, VolumeName, VolumeType } from '../src/index.ts'
import * as portable from '../src/index.ts'

test('both entries offer the same, so that a program compiles wherever it runs', () => {
  expectTypeOf<keyof typeof portable>().toExtend<keyof typeof node>()
  expectTypeOf(node.openVolume).toEqualTypeOf(portable.openVolume)
  expectTypeOf(node.createDblockWriter).toEqualTypeOf(portable.createDblockWriter)
})

test('a name says what it is, and what it may lack', () => {
  expectTypeOf(portable.parseVolumeName).returns.toEqualTypeOf<VolumeName | undefined>()
  expectTypeOf<VolumeType>().toEqualTypeOf<'dblock' | 'dindex' | 'dlist'>()
  expectTypeOf<VolumeName['encryption']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<'VOLUME_UNSUPPORTED_COMPRESSION'>().toExtend<VolumeErrorCode>()
})
