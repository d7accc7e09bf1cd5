import fc from 'fast-check'
import { expect, it } from 'vitest'
import { float64List, PackedBytes, packedTextAt, uint32List } from '../src/common/growable.ts'

it('keeps numbers beyond its first size', () => {
  const list = uint32List()
  for (let n = 0; n < 1000; n++) list.push(n * 3)
  list.set(5, 7)
  expect(list.length).toBe(1000)
  expect(list.at(5)).toBe(7)
  expect(list.view()[999]).toBe(2997)
  const large = float64List()
  large.push(2 ** 40)
  expect(large.at(0)).toBe(2 ** 40)
})

it('keeps texts and byte strings in order', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 300 })), (texts) => {
      const packed = new PackedBytes()
      for (const text of texts) packed.pushText(text)
      expect(packed.count).toBe(texts.length)
      const sent = structuredClone(packed.pack())
      texts.forEach((text, index) => {
        expect(packed.textAt(index)).toBe(text)
        expect(packedTextAt(sent, index)).toBe(text)
      })
    })
  )
})

it('keeps empty byte strings apart', () => {
  const packed = new PackedBytes()
  packed.push(new Uint8Array())
  packed.push(Uint8Array.of(1, 2))
  packed.push(new Uint8Array())
  expect([0, 1, 2].map((index) => [...packed.at(index)])).toEqual([[], [1, 2], []])
})
