export * from '../../src/kit/captures.js'
