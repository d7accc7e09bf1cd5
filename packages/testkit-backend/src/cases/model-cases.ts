import assert from 'node:assert/strict'
import fc from 'fast-check'
import { assertCode, type CaseContext, collect, pattern, type RunnableCase } from '../case-context.ts'

type Command =
  | { readonly kind: 'put'; readonly name: number; readonly size: number }
  | { readonly kind: 'get' | 'stat' | 'delete'; readonly name: number }
  | { readonly kind: 'rename' | 'copy'; readonly name: number; readonly to: number }
  | { readonly kind: 'deleteMany'; readonly names: readonly number[] }
  | { readonly kind: 'list' }

const NAMES = ['a', 'ab', 'a b', 'a+b', 'b%20', 'c_d', 'cxd', 'ü']

const name = fc.nat(NAMES.length - 1)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), name, size: fc.nat(3000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('get' as const, 'stat', 'delete'), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('rename' as const, 'copy'), name, to: name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteMany' as const), names: fc.array(name) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('list' as const) }) }
)

/** Random sequences of commands against a Map. */
export const modelCases: readonly RunnableCase[] = [
  {
    id: 'model',
    title: 'any sequence of commands leaves what it leaves in a Map',
    async run(context) {
      const property = fc.asyncProperty(
        fc.array(command, { minLength: 1, maxLength: 40 }),
        async (commands) => {
          await context.backend.deleteMany(await context.paths())
          const model = new Map<string, Uint8Array>()
          for (const [step, next] of commands.entries()) await play(context, model, next, step)
          await context.assertPaths([...model.keys()])
          for (const [path, content] of model) await context.assertContent(path, content)
        }
      )
      await fc.assert(property, { seed: context.target.seed ?? 1, numRuns: context.target.sequences ?? 20 })
    }
  }
]

async function play(
  context: CaseContext,
  model: Map<string, Uint8Array>,
  command: Command,
  step: number
): Promise<void> {
  const { backend, capabilities } = context
  const path = 'name' in command ? (NAMES[command.name] as string) : ''
  const present = model.get(path)
  switch (command.kind) {
    case 'put': {
      const content = pattern(command.size, step + 1)
      await context.put(path, content)
      model.set(path, content)
      return
    }
    case 'get':
      if (present === undefined)
        await assertCode(context.read(path), 'STORAGE_NOT_FOUND', `get of absent ${path}`)
      else await context.assertContent(path, present)
      return
    case 'stat':
      if (present === undefined)
        await assertCode(backend.stat(path), 'STORAGE_NOT_FOUND', `stat of absent ${path}`)
      else assert.equal((await backend.stat(path)).sizeBytes ?? present.byteLength, present.byteLength)
      return
    case 'delete':
      await backend.delete(path)
      model.delete(path)
      return
    case 'deleteMany': {
      const paths = [...new Set(command.names.map((index) => NAMES[index] as string))]
      assert.deepEqual(await backend.deleteMany(paths), [])
      for (const each of paths) model.delete(each)
      return
    }
    case 'list':
      await context.assertPaths([...model.keys()])
      for (const entry of await collect(backend.list())) {
        const size = model.get(entry.path)?.byteLength
        if (entry.sizeBytes !== undefined && capabilities.listing === 'immediate')
          assert.equal(entry.sizeBytes, size)
      }
      return
    default: {
      const to = NAMES[command.to] as string
      const supported = command.kind === 'rename' ? capabilities.rename : capabilities.serverSideCopy
      if (!supported || (to === path && command.kind === 'copy')) return
      const call = command.kind === 'rename' ? backend.rename(path, to) : backend.copy(path, to)
      if (present === undefined)
        return await assertCode(call, 'STORAGE_NOT_FOUND', `${command.kind} of absent ${path}`)
      await call
      if (command.kind === 'rename') model.delete(path)
      model.set(to, present)
    }
  }
}
