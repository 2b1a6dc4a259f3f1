/** docs/writing-a-protocol.md is followed as its reader would. `npx vitest run test/docs-tutorial.test.ts -u` writes down what is printed. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Program } from './commands/program.js'
import { Tutorial } from './support/tutorial.js'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'docs/writing-a-protocol.md')
let program: Program
let tutorial: Tutorial
beforeAll(async () => {
  program = await Program.build()
  tutorial = new Tutorial(program.root, root)
})
afterAll(async () => {
  tutorial.clear()
  await program.remove()
})

test('the page works from its first block to its last', async () => {
  const { text, problems } = await tutorial.follow(readFileSync(page, 'utf8'))
  expect(problems).toEqual([])
  await expect(text).toMatchFileSnapshot(page)
  // Some fifty processes, one after the other.
}, 240_000)
