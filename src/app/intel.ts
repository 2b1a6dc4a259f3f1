/** Lists of indicators of a run: read before a packet is, matched when the rows stand, told in the summary. */
import type { Database } from 'better-sqlite3'
import type { MatchedView } from '../intel/matched-columns.js'
import type { Intel } from '../intel/read-list.js'
import type { IntelList } from '../model/intel-list.js'
import { UserError } from '../model/user-error.js'
import { plural } from '../report/quantities.js'
import type { FindingsReport } from '../report/summary.js'
import type { TableSchema } from '../schema/fields.js'
import { sinkKinds } from '../sinks/registry.js'

export class RunIntel {
  private report: FindingsReport | undefined
  private unread = 0

  private constructor(
    private readonly intel: Intel,
    private readonly views: readonly MatchedView[],
  ) {}

  /** Undefined without lists. @param schemas of the transactions that the case may hold. */
  static async read(
    paths: readonly string[],
    schemas: readonly TableSchema[],
    targets: readonly string[],
    warn?: (message: string) => void,
  ): Promise<RunIntel | undefined> {
    if (paths.length === 0) return undefined
    if (!targets.some((target) => sinkKinds.find((kind) => kind.takes(target))?.name === 'case'))
      throw new UserError('--intel writes findings into a case, and there is none among the outputs', ['-o case.sqlite'])
    // Most runs have no lists, and start without what reads them.
    const [{ readIntel }, { matchedViews }] = await Promise.all([import('../intel/read-list.js'), import('../intel/matched-columns.js')])
    const intel = await readIntel(paths)
    for (const warning of intel.warnings) warn?.(warning)
    return new RunIntel(intel, matchedViews(schemas))
  }

  get files(): readonly IntelList[] {
    return this.intel.files
  }

  /** For a case, when all its other rows are in place. */
  readonly derive = async (): Promise<(db: Database, runId: number) => void> => {
    const { writeFindings } = await import('../intel/find.js')
    return (db, runId) => {
      const { beyond, unread } = writeFindings(db, this.intel, this.views, { into: 'main', runId })
      this.report ??= reportOf(db, this.intel.files, beyond)
      this.unread = unread
    }
  }

  /** What was found; after the case was written. */
  get findings(): FindingsReport | undefined {
    return this.report
  }

  /** What was not written, or not looked at. */
  sayLimits(warn?: (message: string) => void): void {
    const beyond = this.report?.beyond ?? 0
    if (beyond > 0) warn?.(`${plural(beyond, 'finding')} more are not written: the lists point at more than a case is made to hold`)
    if (this.unread > 0) warn?.(`${plural(this.unread, 'value')} of the case are too long to be looked at for indicators`)
  }
}

const BY_SEVERITY = "ORDER BY instr('critical,high,medium,low,info', severity)"

function reportOf(db: Database, files: readonly IntelList[], beyond: number): FindingsReport {
  const lists = files.map((file) => ({
    ...file,
    findings: db
      .prepare(`SELECT severity, count(*) AS findings FROM main.finding WHERE source = ? GROUP BY severity ${BY_SEVERITY}`)
      .all(file.name) as { severity: string; findings: number }[],
  }))
  return { total: lists.reduce((sum, one) => sum + one.findings.reduce((all, { findings }) => all + findings, 0), 0), beyond, lists }
}
