// Loads the folded program (scripts/bundle.mjs) with the code that V8 made of it at build time; docs/adr/0005 says why.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const program = fileURLToPath(new URL('../dist/program', import.meta.url))
const loaded = new Map()

/** The exports of a file of the program, named without its ending. */
export const load = (name) => chunk(join(program, `${name}.cjs`))

/** What V8 has compiled of each loaded file by now, for the build to keep: [path, bytes]. */
export const compiled = () => [...loaded].map(([path, { script }]) => [`${path}.cache`, script.createCachedData()])

function chunk(path) {
  const known = loaded.get(path)
  if (known !== undefined) return known.module.exports
  // The bundler writes ASCII alone, which V8 keeps in one byte a character.
  const source = `(function(exports,require,module,__filename,importModule){${readFileSync(path, 'latin1')}\n})`
  // Code of another V8 or of another source is refused by V8 itself, which then compiles as ever.
  const script = new Script(source, { filename: path, cachedData: cacheOf(path) })
  const module = { exports: {} }
  loaded.set(path, { script, module })
  const folder = dirname(path)
  const outside = createRequire(path)
  const require = (name) => (name.startsWith('.') ? chunk(join(folder, name)) : outside(name))
  script.runInThisContext()(module.exports, require, module, path, importModule)
  return module.exports
}

function cacheOf(path) {
  try {
    return readFileSync(`${path}.cache`)
  } catch {
    return undefined
  }
}

/** `import()` has no meaning inside a script that came from a cache, so that the program is given this one. */
const importModule = (url) => import(url)
