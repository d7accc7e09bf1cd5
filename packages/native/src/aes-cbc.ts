import { KeptContext } from './kept-context.ts'
import { type Koffi, type KoffiLibrary, openLibrary } from './koffi.ts'
import { NativeError } from './native-error.ts'

/**
 * AES-256 in CBC mode without padding (NIST SP 800-38A), into memory that is kept between calls. Node's own ciphers
 * make a new buffer for each call, which costs the collector and the kernel as much as the work itself.
 */
export interface AesCbcCodec {
  /** @throws RangeError unless `key` has 32 bytes and `iv` 16; NativeError `NATIVE_AES_FAILED` */
  createCbcEncryptor(key: Uint8Array, iv: Uint8Array): AesCbcTransform
  /** @throws RangeError unless `key` has 32 bytes and `iv` 16; NativeError `NATIVE_AES_FAILED` */
  createCbcDecryptor(key: Uint8Array, iv: Uint8Array): AesCbcTransform
}

/** Not to be shared between threads. Native memory, with the key in it, is cleared and freed with the object. */
export interface AesCbcTransform {
  /**
   * Transforms whole blocks of 16 bytes, chained over the calls. The result is valid until the next call.
   *
   * @throws RangeError for part of a block; NativeError `NATIVE_AES_FAILED`
   */
  update(bytes: Uint8Array): Uint8Array
  /** Begins anew with the same key. @throws RangeError unless `iv` has 16 bytes; NativeError `NATIVE_AES_FAILED` */
  restart(iv: Uint8Array): void
}

const KEY_BYTES = 32
const BLOCK_BYTES = 16
/** In one call, because lengths are `int` in C. */
const MOST_BYTES = 2 ** 30
/** For a context that has one already: its direction stays as it is. */
const SAME_DIRECTION = -1

/** The OpenSSL that the process is linked with, else undefined: another copy beside it would share its symbols. */
export function openAesCbc(ffi: Koffi): AesCbcCodec | undefined {
  const library = openLibrary(ffi, [null], 'EVP_CipherUpdate')
  if (library === undefined) return undefined
  try {
    const codec = bindAesCbc(library)
    return isRight(codec) ? codec : undefined
  } catch {
    return undefined
  }
}

type Initialise = (
  context: number,
  cipher: number,
  engine: null,
  key: Uint8Array | null,
  iv: Uint8Array,
  encrypts: number
) => number
type Transform = (
  context: number,
  out: Uint8Array,
  written: Uint8Array,
  bytes: Uint8Array,
  count: number
) => number

function bindAesCbc(library: KoffiLibrary): AesCbcCodec {
  const createContext = library.func<() => number>('EVP_CIPHER_CTX_new', 'uintptr_t', [])
  const freeContext = library.func<(context: number) => void>('EVP_CIPHER_CTX_free', 'void', ['uintptr_t'])
  const aes256Cbc = library.func<() => number>('EVP_aes_256_cbc', 'uintptr_t', [])
  const initialise = library.func<Initialise>('EVP_CipherInit_ex', 'int', [
    'uintptr_t',
    'uintptr_t',
    'void *',
    'void *',
    'void *',
    'int'
  ])
  const setPadding = library.func<(context: number, on: number) => number>(
    'EVP_CIPHER_CTX_set_padding',
    'int',
    ['uintptr_t', 'int']
  )
  const transform = library.func<Transform>('EVP_CipherUpdate', 'int', [
    'uintptr_t',
    'void *',
    'void *',
    'void *',
    'int'
  ])
  const written = new Int32Array(1)
  const writtenBytes = new Uint8Array(written.buffer)

  function create(key: Uint8Array, iv: Uint8Array, encrypts: 0 | 1): AesCbcTransform {
    assertLength('key', key, KEY_BYTES)
    assertLength('iv', iv, BLOCK_BYTES)
    const pointer = createContext()
    const context = new KeptContext(pointer === 0 ? undefined : pointer, freeContext, 'NATIVE_AES_FAILED')
    assertDone(initialise(context.get(), aes256Cbc(), null, key, iv, encrypts))
    assertDone(setPadding(context.get(), 0))
    let out = new Uint8Array(0)
    return {
      update(bytes) {
        const { length } = bytes
        if (length % BLOCK_BYTES !== 0 || length > MOST_BYTES)
          throw new RangeError(`Not whole blocks, or too many of them: ${length} bytes`)
        if (out.length < length) out = new Uint8Array(length)
        assertDone(transform(context.get(), out, writtenBytes, bytes, length))
        if (written[0] !== length) throw failed()
        return out.subarray(0, length)
      },
      restart(next) {
        assertLength('iv', next, BLOCK_BYTES)
        assertDone(initialise(context.get(), 0, null, null, next, SAME_DIRECTION))
      }
    }
  }

  return {
    createCbcEncryptor: (key, iv) => create(key, iv, 1),
    createCbcDecryptor: (key, iv) => create(key, iv, 0)
  }
}

function assertLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${name} has ${bytes.length} bytes instead of ${length}`)
}

function assertDone(result: number): void {
  if (result !== 1) throw failed()
}

function failed(): NativeError {
  return new NativeError('NATIVE_AES_FAILED', 'The AES of the system refused to work')
}

/** Section F.2.5 of NIST SP 800-38A, so that symbols which are not what they seem are noticed before they matter. */
function isRight(codec: AesCbcCodec): boolean {
  const key = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4')
  const iv = hex('000102030405060708090a0b0c0d0e0f')
  const plain = hex('6bc1bee22e409f96e93d7e117393172a')
  const encrypted = hex('f58c4c04d6e5f1ba779eabfb5f7bfbd6')
  return (
    encrypted.equals(codec.createCbcEncryptor(key, iv).update(plain)) &&
    plain.equals(codec.createCbcDecryptor(key, iv).update(encrypted))
  )
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex')
}
