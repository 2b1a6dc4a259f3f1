/** Processors as a configuration declares them, checked: what they are, not how they are written in YAML. */

export type Scalar = string | number | boolean

export type Condition =
  | { readonly op: 'equals'; readonly values: Readonly<Record<string, Scalar>> }
  | { readonly op: 'contains' | 'regexp'; readonly values: Readonly<Record<string, readonly string[]>> }
  | { readonly op: 'range'; readonly values: Readonly<Record<string, Range>> }
  | { readonly op: 'network'; readonly values: Readonly<Record<string, readonly string[]>> }
  | { readonly op: 'has_fields'; readonly fields: readonly string[] }
  | { readonly op: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly op: 'not'; readonly inner: Condition }

export interface Range {
  readonly gte?: number
  readonly gt?: number
  readonly lte?: number
  readonly lt?: number
}

export type Processor =
  | { readonly kind: 'drop_event'; readonly when?: Condition | undefined }
  | { readonly kind: 'drop_fields' | 'include_fields'; readonly fields: readonly string[]; readonly when?: Condition | undefined }
  | { readonly kind: 'detect_mime_type'; readonly field: string; readonly target: string; readonly when?: Condition | undefined }
  | { readonly kind: 'if'; readonly when: Condition; readonly taken: readonly Processor[]; readonly otherwise: readonly Processor[] }

/** The bounds of a range, as they are written. */
export const RANGE_BOUNDS = ['gte', 'gt', 'lte', 'lt'] as const
/** The processors that are carried out. */
export const PROCESSORS = ['drop_event', 'drop_fields', 'include_fields', 'detect_mime_type'] as const
export const CONDITIONS = ['equals', 'contains', 'regexp', 'range', 'network', 'has_fields', 'and', 'or', 'not'] as const
