/** Protocol options of `audit.yml`, declared once: they drive validation, types, `audit protocols` and the docs page. */
export interface Option<T> {
  readonly kind: 'bool' | 'int' | 'text' | 'list' | 'files'
  readonly doc: string
  readonly fallback: T
  /** Smallest value accepted, for 'int'. */
  readonly min?: number
  /** For 'files': what is wrong with one, in words, or undefined. */
  readonly check?: (file: GivenFile) => string | undefined
}
/** A file named in the configuration. The reader of the configuration reads it: a protocol reaches no file. */
export interface GivenFile {
  /** As it was given. */
  readonly name: string
  readonly text: string
  /** SHA-256 of the file's bytes: it decides rows as the configuration does, so the run keeps it. */
  readonly sha256: string
}
// biome-ignore lint/suspicious/noExplicitAny: as for FieldSet.
export type OptionSet = Readonly<Record<string, Option<any>>>
export type OptionsOf<O> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

export const flag = (doc: string, fallback = false): Option<boolean> => ({ kind: 'bool', doc, fallback })
export const count = (doc: string, fallback: number, min = 0): Option<number> => ({ kind: 'int', doc, fallback, min })
export const word = (doc: string, fallback = ''): Option<string> => ({ kind: 'text', doc, fallback })
export const words = (doc: string, fallback: readonly string[] = []): Option<readonly string[]> => ({ kind: 'list', doc, fallback })
export const files = (doc: string, check?: (file: GivenFile) => string | undefined): Option<readonly GivenFile[]> => ({
  kind: 'files',
  doc,
  fallback: [],
  ...(check && { check }),
})
export const defineOptions = <const O extends OptionSet>(options: O): O => options

/** Options that every protocol has, as in Packetbeat. The pipeline acts on them; a protocol reads the two `send_` ones. */
export const commonOptions = defineOptions({
  enabled: flag('Decode this protocol at all.', true),
  ports: words('Ports where this protocol is expected: a hint, or the whole truth under `detection: ports`.'),
  send_request: flag('Keep the request as text in the document field `request`.'),
  send_response: flag('Keep the response as text in the document field `response`.'),
  tags: words('Tags for every document of this protocol.'),
})

export const defaultsOf = <O extends OptionSet>(options: O): OptionsOf<O> =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.fallback])) as OptionsOf<O>
