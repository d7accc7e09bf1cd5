// @boundaries-ignore the build settings shared by all packages
import { tercetConfig } from '../../tsup.base.ts'

export default tercetConfig({ entry: { index: 'src/index.ts', 'portable/index': 'src/portable/index.ts' } })
