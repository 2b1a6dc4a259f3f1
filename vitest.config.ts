import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Commands are run as processes and captures are analysed whole: two cores need the time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
