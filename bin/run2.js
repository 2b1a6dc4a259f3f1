#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { main, showError } from '../dist/src/app/cli/main.js'

const argv = process.argv.slice(2)
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, async (error) => process.exit(error?.code === 'EPIPE' ? 0 : await showError(error, argv)))

const code = await main(argv, fileURLToPath(new URL('..', import.meta.url)))
// Writes to a pipe may still be under way on some systems; an empty write comes after them.
globalThis.__t.push(["exit",performance.now()]); console.error(globalThis.__t.map(([n,t])=>n+" "+t.toFixed(0)).join(" | ")); process.exit(code)
