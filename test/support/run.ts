export * from '../../src/kit/run.js'
