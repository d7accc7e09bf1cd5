import * as fs from 'node:fs'
import * as path from 'node:path'
import { createRandom, noiseBytes, type Random, textBytes } from './random.ts'

/** What is backed up in a measurement, and what it stands for. */
export const DATA_SETS = {
  src: 'source tree: 20 000 text files, 200 MB',
  mixed: 'documents, archives, media, logs, duplicates: 1 GB',
  big: 'one file of 2 GiB, text and noise in turn',
  tiny: '100 000 files of 0 to 4 KiB',
  'tiny-1k': '1 000 of such files (time by the number of files)',
  'tiny-10k': '10 000 of them',
  'big-10': 'one file of 20 GiB (memory on a source ten times as large)',
  'tiny-10': '1 000 000 files of 200 bytes (memory on a source ten times as large)',
  'src-quick': '500 text files, to see whether everything runs',
  'big-quick': 'one file of 64 MiB, likewise'
} as const
export type DataSet = keyof typeof DATA_SETS

const MIB = 1024 * 1024

/** Builds the data set below `folder` unless it is there; returns its folder. */
export function makeDataSet(folder: string, name: DataSet): string {
  const target = path.join(folder, name)
  if (fs.existsSync(target)) return target
  const unfinished = `${target}.unfinished`
  fs.rmSync(unfinished, { recursive: true, force: true })
  fs.mkdirSync(unfinished, { recursive: true })
  makers[name](unfinished, createRandom(name.length * 7919 + name.charCodeAt(0)))
  fs.renameSync(unfinished, target)
  return target
}

const makers: Record<DataSet, (root: string, random: Random) => void> = {
  src: (root, random) => makeSourceTree(root, random, 20_000),
  'src-quick': (root, random) => makeSourceTree(root, random, 500),
  mixed(root, random) {
    for (let index = 0; index < 1200; index++)
      put(root, `documents/${index}.txt`, textBytes(random, random.size(150_000, 1, 8 * MIB)))
    for (let index = 0; index < 300; index++)
      put(root, `media/${index}.jpg`, noiseBytes(random, random.size(900_000, 0.8, 8 * MIB)))
    for (let index = 0; index < 40; index++)
      put(root, `logs/${index}.log`, textBytes(random, random.size(4 * MIB, 0.6, 16 * MIB)))
    for (let index = 0; index < 100; index++)
      fs.cpSync(path.join(root, `documents/${index}.txt`), path.join(root, `copies-${index}.txt`))
  },
  big: (root, random) => makeBigFile(root, random, 256),
  'big-quick': (root, random) => makeBigFile(root, random, 8),
  'big-10': (root, random) => makeBigFile(root, random, 2560),
  tiny: (root, random) => makeTinyFiles(root, random, 100_000),
  'tiny-1k': (root, random) => makeTinyFiles(root, random, 1000),
  'tiny-10k': (root, random) => makeTinyFiles(root, random, 10_000),
  'tiny-10'(root, random) {
    for (let index = 0; index < 1_000_000; index++) put(root, tinyPlace(index), noiseBytes(random, 200))
  }
}

function makeTinyFiles(root: string, random: Random, files: number): void {
  for (let index = 0; index < files; index++) {
    const size = random.int(4097)
    put(root, tinyPlace(index), index % 2 ? textBytes(random, size) : noiseBytes(random, size))
  }
}

function tinyPlace(index: number): string {
  return `d${index % 50}/e${Math.floor(index / 50) % 20}/f${index}${index % 2 ? '.txt' : '.bin'}`
}

function makeSourceTree(root: string, random: Random, files: number): void {
  for (let index = 0; index < files; index++) {
    const place = `module-${index % 40}/part-${Math.floor(index / 40) % 20}/file-${index}.ts`
    put(root, place, textBytes(random, random.size(6000, 1, MIB)))
  }
}

function makeBigFile(root: string, random: Random, segments: number): void {
  const file = fs.openSync(path.join(root, 'disk.img'), 'w')
  for (let segment = 0; segment < segments; segment++) {
    fs.writeSync(file, segment % 2 ? noiseBytes(random, 8 * MIB) : textBytes(random, 8 * MIB))
  }
  fs.closeSync(file)
}

function put(root: string, place: string, bytes: Uint8Array): void {
  const file = path.join(root, place)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, bytes)
}

/** Changes about 1 % of a data set: pages of a big file; in a tree, edits 1 % of the files, adds and deletes a few. */
export function changeDataSet(folder: string, seed: number): void {
  const random = createRandom(seed)
  const big = path.join(folder, 'disk.img')
  if (fs.existsSync(big)) changeBigFile(big, random)
  else changeTree(folder, random, seed)
}

function changeBigFile(file: string, random: Random): void {
  const pages = Math.floor(fs.statSync(file).size / 4096)
  const descriptor = fs.openSync(file, 'r+')
  const spots = 10
  const pagesPerSpot = Math.max(1, Math.round(pages / 100 / spots))
  for (let spot = 0; spot < spots; spot++) {
    const first = random.int(Math.max(1, pages - 2 * pagesPerSpot))
    for (let page = 0; page < pagesPerSpot; page++) {
      fs.writeSync(
        descriptor,
        noiseBytes(random, 4096),
        0,
        4096,
        (first + random.int(2 * pagesPerSpot)) * 4096
      )
    }
  }
  fs.closeSync(descriptor)
}

function changeTree(folder: string, random: Random, seed: number): void {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
  const share = (part: number) => Math.max(1, Math.round(files.length * part))
  const pick = () => files.splice(random.int(files.length), 1)[0]!
  for (let left = share(0.01); left > 0; left--)
    fs.appendFileSync(pick(), textBytes(random, 80 + random.int(400)))
  for (let left = share(0.001); left > 0; left--) fs.unlinkSync(pick())
  for (let left = share(0.002); left > 0; left--) {
    fs.writeFileSync(
      path.join(path.dirname(files[random.int(files.length)]!), `new-${seed}-${left}.txt`),
      textBytes(random, 4000)
    )
  }
}
