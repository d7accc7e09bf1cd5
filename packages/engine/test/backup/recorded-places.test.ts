import { expect, it } from 'vitest'
import { RecordedPlaces } from '../../src/backup/recorded-places.ts'

function recorder() {
  const told: string[] = []
  return { told, places: new RecordedPlaces((folder) => told.push(folder)) }
}

it('tells of a place when all that was seen before it is recorded, in whatever order that comes', () => {
  const { told, places } = recorder()
  const first = places.expect('/b/', 2)
  const second = places.expect('/c/', 1)
  places.expect('/d/', 0)
  second()
  first()
  expect(told).toEqual([])
  first()
  expect(told).toEqual(['/d/'])
  places.expect('/e/', 0)
  expect(told).toEqual(['/d/', '/e/'])
})

it('never goes back, and says nothing of what has no place', () => {
  const { told, places } = recorder()
  places.expect('/b/', 0)
  places.expect(undefined, 0)
  places.expect('/a/', 0)
  places.expect('/b/', 0)
  expect(told).toEqual(['/b/'])
})
