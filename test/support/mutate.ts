export * from '../../src/kit/mutate.js'
