/**
 * Writes the generated parts of README.md and docs/ between their markers, and pages of protocols that have none yet.
 *
 *     npm run docs              writes        npm run docs:check        names what is stale
 *     npm run docs -- --examples       runs the examples as well and writes down what they print now
 */
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programRoot } from '../src/app/program.js'
import { protocols } from '../src/protocols/registry.js'
import { refreshExamples } from './doc-examples.js'
import { parts } from './doc-parts.js'

export const root = programRoot()
/** A marker, what stands behind it, and the end mark. */
const PART = /^<!-- generated: ([a-z-]+)(?: (\S+))? -->\n([\s\S]*?)^<!-- end -->$/gm

export interface Page {
  /** Relative to the repository. */
  readonly file: string
  readonly text: string
}

/** The hand-written pages; decision records and the architecture have no generated parts and are not examples. */
export const pages = (): Page[] =>
  [
    'README.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .map((file) => `docs/${file.replaceAll('\\', '/')}`)
      .filter((file) => file.endsWith('.md') && !file.startsWith('docs/adr/'))
      .sort(),
  ].map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

export const pageOf = (protocol: string): string => `docs/protocols/${protocol}.md`

/** The page with every part made anew. */
export async function render({ file, text }: Page): Promise<string> {
  const opened = text.match(/^<!-- generated: .*$/gm)?.length ?? 0
  const found = [...text.matchAll(PART)]
  if (opened !== found.length) throw new Error(`${file}: ${opened} generated parts are opened, ${found.length} are whole`)
  const made: string[] = []
  for (const [, name, argument] of found) {
    const part = parts[name!]
    if (!part) throw new Error(`${file}: there is no generated part "${name}"; there are ${Object.keys(parts).join(', ')}`)
    made.push(await part(argument ?? ''))
  }
  let i = 0
  return text.replace(PART, (_whole, name: string, argument: string | undefined) => {
    return `<!-- generated: ${name}${argument ? ` ${argument}` : ''} -->\n\n${made[i++]}\n\n<!-- end -->`
  })
}

/** What has to be written: pages with stale parts, pages that are missing. */
export async function stale(): Promise<Page[]> {
  const all = pages()
  const known = new Set(all.map(({ file }) => file))
  const missing = protocols
    .filter(({ name }) => !known.has(pageOf(name)))
    .map(({ name, doc }) => ({ file: pageOf(name), text: firstPage(name, doc) }))
  const changed: Page[] = []
  for (const page of [...all, ...missing]) {
    const text = await render(page)
    if (text !== page.text || !known.has(page.file)) changed.push({ file: page.file, text })
  }
  return changed
}

/** Where the page of a new protocol starts; its introduction and example are then written by hand. */
const firstPage = (name: string, doc: string): string =>
  [
    `# ${name}\n\n${doc}\n`,
    ...['protocol', 'fields', 'options', 'anomalies'].map((part) => {
      const heading = part === 'protocol' ? '' : `## ${part[0]!.toUpperCase()}${part.slice(1)}\n\n`
      return `${heading}<!-- generated: ${part} ${name} -->\n<!-- end -->\n`
    }),
  ].join('\n')

async function main(args: readonly string[]): Promise<number> {
  const changed = await stale()
  if (args.includes('--check')) {
    for (const { file } of changed) process.stdout.write(`${file} ${existsSync(join(root, file)) ? 'is stale' : 'is missing'}\n`)
    process.stdout.write(changed.length === 0 ? 'docs are fresh\n' : 'npm run docs writes them\n')
    return changed.length === 0 ? 0 : 1
  }
  for (const { file, text } of changed) {
    writeFileSync(join(root, file), text)
    process.stdout.write(`wrote ${file}\n`)
  }
  if (args.includes('--examples'))
    for (const page of pages()) {
      const text = await refreshExamples(page.text, root, root)
      if (text === page.text) continue
      writeFileSync(join(root, page.file), text)
      process.stdout.write(`wrote the examples of ${page.file}\n`)
    }
  return 0
}

const isMain = process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)
if (isMain) process.exitCode = await main(process.argv.slice(2))
