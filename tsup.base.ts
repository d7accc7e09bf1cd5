import type { Options } from 'tsup'

/** What every package has in common: ESM with declarations and source maps, for Node 22 and bundlers. */
export function tercetConfig(options: Options): Options {
  return {
    format: ['esm'],
    target: 'node22',
    platform: 'neutral',
    external: [/^node:/],
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: false,
    // `node:sqlite` has no name without the prefix.
    removeNodeProtocol: false,
    tsconfig: 'tsconfig.json',
    ...options
  }
}
