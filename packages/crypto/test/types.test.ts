import type { Secret } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import * as node from '../src/index.node.ts'
import * as portable from '../src/index.ts'

test('both entries offer the same, so that a program compiles wherever it runs', () => {
  expectTypeOf<keyof typeof portable>().toExtend<keyof typeof node>()
  expectTypeOf(node.createHasher).toEqualTypeOf(portable.createHasher)
  expectTypeOf(node.createAesCryptKeyring).toEqualTypeOf(portable.createAesCryptKeyring)
})

test('a passphrase is a text or a secret', () => {
  expectTypeOf<string>().toExtend<Parameters<typeof portable.createAesCryptKeyring>[0]>()
  expectTypeOf<Secret>().toExtend<Parameters<typeof portable.createAesCryptKeyring>[0]>()
  expectTypeOf<number>().not.toExtend<Parameters<typeof portable.createAesCryptKeyring>[0]>()
})
