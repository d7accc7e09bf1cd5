import { expectTypeOf, test } from 'vitest'
import { type CliIo, EXIT, type ExitCode, main, processIo } from '../src/index.ts'

test('the program is a function of its arguments and of the world around it', () => {
  expectTypeOf(main).parameters.toEqualTypeOf<[argv: readonly string[], io: CliIo]>()
  expectTypeOf(main).returns.resolves.toEqualTypeOf<ExitCode>()
  expectTypeOf(processIo).returns.toEqualTypeOf<CliIo>()
  expectTypeOf(EXIT.usage).toEqualTypeOf<200>()
  expectTypeOf<ExitCode>().toEqualTypeOf<0 | 2 | 3 | 50 | 100 | 200>()
})
