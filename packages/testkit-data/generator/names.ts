import type { NamesVector } from '../src/format-vector.ts'

const ID = '0123456789abcdef0123456789abcdef'
const TIME = '20250702T080000Z'

/** What names say, for the prefix `duplicati`. */
export function names(): NamesVector {
  const volume = (type: 'dblock' | 'dindex' | 'dlist', ...some: string[]) =>
    some.map((name) => ({ name, is: type }) as const)
  return {
    kind: 'names',
    id: 'names',
    summary: 'names of volumes, of what belongs to them, and of what is foreign',
    features: ['names'],
    prefix: 'duplicati',
    names: [
      ...volume(
        'dblock',
        ...['zip', 'zip.aes', 'zip.gpg', 'tgz', 'tzstd.aes'].map((end) => `duplicati-b${ID}.dblock.${end}`)
      ),
      ...volume('dblock', 'duplicati-b0.dblock.zip', `duplicati-b${ID.toUpperCase()}.dblock.zip`),
      ...volume('dindex', `duplicati-i${ID}.dindex.zip`, `duplicati-i${ID}.dindex.tgz.gpg`),
      ...volume('dlist', `duplicati-${TIME}.dlist.zip`, `duplicati-${TIME}.dlist.zip.aes`),
      { name: `duplicati-b${ID}.dblock.zip.aes.par2`, is: 'parity' },
      { name: `duplicati-b${ID}.dblock.zip.PAR2`, is: 'parity' },
      { name: `duplicati-${TIME}.dlist.zip.par2`, is: 'parity' },
      { name: 'duplicati-verification.json', is: 'verification' },
      ...[
        `other-b${ID}.dblock.zip`,
        `deleted-duplicati-b${ID}.dblock.zip`,
        `deleted-duplicati-b${ID}.dblock.zip.0a1b2c`,
        `xduplicati-b${ID}.dblock.zip`,
        `duplicati-b${ID}.dblock`,
        'duplicati-b.dblock.zip',
        `duplicati-bxyz.dblock.zip`,
        `duplicati-b${ID}.DBLOCK.zip`,
        `Duplicati-b${ID}.dblock.zip`,
        'duplicati-20250702T08000Z.dlist.zip',
        'duplicati-20250702.dlist.zip',
        `folder/duplicati-${TIME}.dlist.zip`,
        'duplicati-access-privileges-test.tmp',
        'photo.jpg',
        ''
      ].map((name) => ({ name, is: 'other' as const }))
    ]
  }
}
