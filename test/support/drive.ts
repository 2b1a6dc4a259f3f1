export * from '../../src/kit/drive.js'
