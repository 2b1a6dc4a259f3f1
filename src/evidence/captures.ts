/**
 * Where the captures of a case are now. A file is what the case names when its SHA-256 says so, whatever it is called: names and
 * folders only say where to look first.
 *
 * Looked at in this order: the path as it was given, from the working directory and from the case's folder; its name beside the
 * case; then the files and folders that the user names, by size and hash.
 */
import { dirname, join, resolve } from 'node:path'
import type { CaptureRecord } from './capture-rows.js'
import { FileHashes, type FileLook, type HashOptions, lookAt } from './file-hash.js'
import { checkPlaces, filesBySize, type SearchOptions } from './places.js'

export type CaptureState =
  /** The very file. */
  | { readonly state: 'found'; readonly capture: CaptureRecord; readonly file: FileLook }
  /** A file stands where the case says, with other content; `sha256` is its own, absent when its size alone tells. */
  | { readonly state: 'changed'; readonly capture: CaptureRecord; readonly file: FileLook; readonly sha256: string | undefined }
  /** It is there and the system does not give its bytes. */
  | { readonly state: 'unreadable'; readonly capture: CaptureRecord; readonly file: FileLook; readonly reason: string }
  | { readonly state: 'missing'; readonly capture: CaptureRecord; readonly looked: readonly string[] }
  /** The case has no hash of it: it was not read to its end. `file` is what stands where the case says, if anything does. */
  | { readonly state: 'unprovable'; readonly capture: CaptureRecord; readonly file: FileLook | undefined }

export interface CaptureFinderOptions extends HashOptions, SearchOptions {
  /** Path of the case: its folder is looked in. */
  readonly casePath: string
  /** Files, and folders with all below them. */
  readonly places?: readonly string[]
}

export class CaptureFinder {
  /** Shared by whatever else of a run needs the hash of a file. */
  readonly hashes: FileHashes
  /** The files of the named places by size; undefined until they are needed. */
  private placed: Promise<ReadonlyMap<number, readonly string[]>> | undefined

  constructor(private readonly options: CaptureFinderOptions) {
    this.hashes = new FileHashes(options)
  }

  /** One after the other: disks like it, and the first thing that is wrong is the first in the list. */
  async locateAll(captures: readonly CaptureRecord[]): Promise<CaptureState[]> {
    await checkPlaces(this.options.places ?? [])
    const states: CaptureState[] = []
    for (const capture of captures) states.push(await this.locate(capture))
    return states
  }

  async locate(capture: CaptureRecord): Promise<CaptureState> {
    const expected = this.expectedPaths(capture)
    const there: FileLook[] = []
    for (const path of expected) {
      const look = await lookAt(path)
      if (look && !there.some((other) => other.identity === look.identity)) there.push(look)
    }
    if (capture.sha256 === null) return { state: 'unprovable', capture, file: there[0] }
    let other: Extract<CaptureState, { state: 'changed' | 'unreadable' }> | undefined
    for (const file of there) {
      const found = await this.compare(capture, file)
      if (found.state === 'found') return found
      other ??= found
    }
    for (const path of (await this.inPlaces()).get(capture.size) ?? []) {
      const file = await lookAt(path)
      if (!file) continue
      const found = await this.compare(capture, file)
      if (found.state === 'found') return found
      if (found.state === 'unreadable') other ??= found
    }
    return other ?? { state: 'missing', capture, looked: [...expected, ...(this.options.places ?? [])] }
  }

  private async compare(
    capture: CaptureRecord,
    file: FileLook,
  ): Promise<Extract<CaptureState, { file: FileLook; state: 'found' | 'changed' | 'unreadable' }>> {
    // Not hashed for nothing, and a case from a stranger may name any file of this system.
    if (file.size !== capture.size) return { state: 'changed', capture, file, sha256: undefined }
    try {
      const sha256 = await this.hashes.of(file)
      return sha256 === capture.sha256 ? { state: 'found', capture, file } : { state: 'changed', capture, file, sha256 }
    } catch (error) {
      if (this.options.signal?.aborted) throw error
      return { state: 'unreadable', capture, file, reason: (error as NodeJS.ErrnoException).code ?? String(error) }
    }
  }

  private expectedPaths({ path, name }: CaptureRecord): string[] {
    const folder = dirname(resolve(this.options.casePath))
    const paths = path === '-' ? [] : [resolve(path), resolve(folder, path)]
    // A case that was moved together with its captures.
    if (name !== '-' && name !== '') paths.push(join(folder, name))
    return [...new Set(paths)]
  }

  private inPlaces(): Promise<ReadonlyMap<number, readonly string[]>> {
    this.placed ??= filesBySize(this.options.places ?? [], this.options)
    return this.placed
  }
}

/** Why a capture cannot be used, in one sentence that begins with its name; undefined when it can. */
export function refusalOf(found: CaptureState): { readonly message: string; readonly nextSteps: readonly string[] } | undefined {
  const { capture } = found
  const who = `capture ${capture.id} (${capture.name})`
  const elsewhere = `--captures DIR   looks for it by its hash, whatever it is called (sha256 ${capture.sha256 ?? 'not known'})`
  switch (found.state) {
    case 'found':
      return undefined
    case 'missing':
      return {
        message: `${who} is not where it was${capture.path === '-' ? ': it was read from standard input' : ` (${capture.path})`}`,
        nextSteps: [elsewhere],
      }
    case 'changed':
      return {
        message:
          `${who} is not the file that was analyzed: ${found.file.path} ` +
          (found.sha256 === undefined
            ? `has ${found.file.size} bytes, it had ${capture.size}`
            : `has sha256 ${found.sha256}, it had ${capture.sha256}`),
        nextSteps: [elsewhere, 'audit analyze again if the changed file is the evidence now'],
      }
    case 'unreadable':
      return { message: `${who} cannot be read: ${found.file.path} (${found.reason})`, nextSteps: ['check its permissions'] }
    case 'unprovable':
      return {
        message: `${who} cannot be told from another file: it was not read to its end, so that the case has no hash of it`,
        nextSteps: ['analyze the whole file, or compare it with the SHA256SUMS that a live session keeps beside its files'],
      }
  }
}
