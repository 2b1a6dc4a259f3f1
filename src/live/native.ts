/** Where native code comes from: koffi, which calls it, and the system's libpcap, found by its usual names. Loaded when asked for. */
import { createRequire } from 'node:module'
import type { LibraryHandle } from 'koffi'
import { UserError } from '../model/user-error.js'
import { installSteps } from './advice.js'
import { CaptureRefused } from './capture-refused.js'

export type Koffi = typeof import('koffi')

const load = createRequire(import.meta.url)

/** Debian kept the soname of libpcap 0.8, everybody else on Linux went on to 1. */
const LIBPCAP_NAMES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so'],
  darwin: ['/usr/lib/libpcap.A.dylib', 'libpcap.A.dylib', 'libpcap.dylib'],
  freebsd: ['libpcap.so.8', 'libpcap.so'],
  openbsd: ['libpcap.so'],
}

/** @param name the module, for tests of an installation without it */
export function loadKoffi(name = 'koffi'): Koffi {
  if (LIBPCAP_NAMES[process.platform] === undefined) throw unknownSystem()
  try {
    return load(name) as Koffi
  } catch {
    throw new CaptureRefused(
      'no-library',
      `libpcap cannot be called: this installation lacks the optional package koffi for ${platform()}`,
      [
        'npm install -g pcap-audit   installs it, where there is one for this system and optional packages are not left out',
        ...installSteps('tcpdump').map((step) => `${step}, which audit live captures with where it has no libpcap`),
      ],
    )
  }
}

/** @param names libraries to try in this order, for tests of a system without libpcap */
export function openLibpcap(koffi: Koffi, names = LIBPCAP_NAMES[process.platform]): LibraryHandle {
  if (names === undefined) throw unknownSystem()
  for (const name of names) {
    try {
      return koffi.load(name)
    } catch {
      // The next name, or the message below.
    }
  }
  throw new CaptureRefused('no-library', 'this system has no libpcap', installSteps('libpcap'))
}

const unknownSystem = (): UserError =>
  new UserError(`live capture is not available on ${platform()}`, [
    'dumpcap -i INTERFACE -w - | audit analyze - -o case.sqlite   reads what another program captures',
  ])
const platform = (): string => `${process.platform} on ${process.arch}`
