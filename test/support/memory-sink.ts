export * from '../../src/kit/memory-sink.js'
