// Preloaded: an installation that left the optional package out.
const Module = require('node:module')
const load = Module._load
Module._load = function (request, ...rest) {
  if (request === 'koffi') throw new Error('not installed')
  return load.call(this, request, ...rest)
}
