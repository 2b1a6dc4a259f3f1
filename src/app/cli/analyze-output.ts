/** Shows what an analysis found: as a document, or as text on the stream that is free for it. */
import { sanitize } from '../../report/sanitize.js'
import type { Summary } from '../../report/summary.js'

export interface Presentation {
  readonly json: boolean
  /** The document is the last of many, one a line. */
  readonly oneLine?: boolean
  /** Documents go to stdout, so the summary may not. */
  readonly documentsOnStdout: boolean
  readonly colorLevel: number
}

export async function present(summary: Summary, { json, oneLine, documentsOnStdout, colorLevel }: Presentation): Promise<void> {
  if (json) {
    const { jsonDocument } = await import('../../report/json-document.js')
    const text = jsonDocument(summary)
    process.stdout.write(oneLine ? `${JSON.stringify(JSON.parse(text))}\n` : text)
    return sayWarnings(summary)
  }
  const stream = documentsOnStdout ? process.stderr : process.stdout
  if (documentsOnStdout && !process.stderr.isTTY) return sayWarnings(summary)
  const [{ summaryText }, { nextStep }, { paintFor }] = await Promise.all([
    import('../../report/summary-text.js'),
    import('../../report/next-step.js'),
    import('../../report/paint.js'),
  ])
  stream.write(summaryText(summary, nextStep(summary), paintFor(colorLevel)))
}

/** Where no summary is read by a person, what is missing from the evidence is still said. */
function sayWarnings({ warnings }: Summary): void {
  for (const warning of warnings) process.stderr.write(`audit: ${sanitize(warning)}\n`)
}
