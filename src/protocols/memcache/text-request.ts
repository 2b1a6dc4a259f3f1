/** One command line of the text protocol (memcached's doc/protocol.txt), classic and meta. */
import { shown } from '../shared/shown-text.js'
import { Request } from './messages.js'
import { type TextCommand, textCommands, unknownCommand } from './names.js'
import { small, whole, words } from './text-line.js'

/** Keys kept of one request; clients ask for some hundreds. */
export const MAX_KEYS = 1024
/** Characters kept of a line as the query, and of arguments that are not read. */
const MAX_QUERY = 8192

/** The request, and how many bytes of value follow its line; -1 for none. */
export interface RequestLine {
  readonly request: Request
  readonly value: number
}

export function readRequest(buf: Buffer, from: number, to: number): RequestLine {
  const line = shown(buf, from, to).trimEnd()
  const all = words(line)
  const name = all[0] ?? ''
  const command: TextCommand = textCommands.get(name) ?? unknownCommand
  const request = new Request(false, command.name, command.family)
  request.line = line.length > MAX_QUERY ? `${line.slice(0, MAX_QUERY)}…` : line
  request.unknown = command === unknownCommand
  const args = all.slice(1)
  if (args.at(-1) === 'noreply' && command.shape !== 'meta' && command.shape !== 'metaset' && command.shape !== 'keys') {
    request.noreply = true
    args.pop()
  }
  return { request, value: fill(request, command, args) }
}

function fill(request: Request, { shape, name }: TextCommand, args: readonly string[]): number {
  switch (shape) {
    case 'keys':
      keys(request, args)
      break
    case 'gat':
      request.exptime = small(args[0])
      keys(request, args.slice(1))
      break
    case 'store':
    case 'cas': {
      keys(request, args.slice(0, 1))
      request.flags = small(args[1])
      request.exptime = small(args[2])
      if (shape === 'cas') request.cas = whole(args[4])
      return value(request, small(args[3]))
    }
    case 'delete':
      keys(request, args.slice(0, 1))
      request.exptime = small(args[1])
      break
    case 'counter':
      keys(request, args.slice(0, 1))
      request.delta = whole(args[1])
      break
    case 'touch':
      keys(request, args.slice(0, 1))
      request.exptime = small(args[1])
      break
    case 'flush':
      request.exptime = small(args[0])
      break
    case 'verbosity':
      request.verbosity = small(args[0])
      break
    case 'slabs':
      request.raw_args = args.join(' ').slice(0, MAX_QUERY)
      if (args[0] === 'reassign') {
        request.source_class = small(args[1])
        request.dest_class = small(args[2])
      } else if (args[0] === 'automove') request.automove = args[1]
      break
    case 'lru':
      request.raw_args = args.join(' ').slice(0, MAX_QUERY)
      if (args[0] === 'sleep') request.sleep_us = small(args[1])
      break
    case 'raw':
      request.raw_args = args.join(' ').slice(0, MAX_QUERY)
      break
    case 'meta':
    case 'metaset': {
      keys(request, args.slice(0, 1))
      const flags = args.slice(shape === 'metaset' ? 2 : 1)
      request.raw_args = flags.join(' ').slice(0, MAX_QUERY)
      metaFlags(request, name, flags)
      if (shape === 'metaset') return value(request, small(args[1]))
    }
  }
  return -1
}

function keys(request: Request, all: readonly string[]): void {
  request.shortened = all.length > MAX_KEYS
  request.keys = all.length > MAX_KEYS ? all.slice(0, MAX_KEYS) : [...all]
}

function value(request: Request, size: number | undefined): number {
  if (size === undefined || size < 0) return -1
  request.count = 1
  request.bytes = size
  return size
}

function metaFlags(request: Request, name: string, flags: readonly string[]): void {
  for (const flag of flags) {
    const rest = flag.slice(1)
    switch (flag[0]) {
      case 'q':
        request.optional = request.quiet = true
        break
      case 'O':
        request.token = rest
        break
      case 'T':
        request.exptime = small(rest)
        break
      case 'F':
        if (name === 'ms') request.flags = small(rest)
        break
      case 'C':
        request.cas = whole(rest)
        break
      case 'D':
        if (name === 'ma') request.delta = whole(rest)
        break
      case 'J':
        request.initial = whole(rest)
    }
  }
}
