/** What lists say is bad, held so that a value of a case is looked up in constant time however many there are. */
import { type AddressForm, AddressTable, addressForm } from './addresses.js'
import { domainForm, emailForm, emailWithin, hashForm, hostWithin, urlForm } from './forms.js'
import { RefMap, type Slot } from './ref-map.js'

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** ECS threat.indicator.type, where it has a word. */
export type IndicatorType = 'ipv4-addr' | 'ipv6-addr' | 'domain-name' | 'url' | 'email-addr' | 'hash'

/** What a list says of an indicator; shared by all that it says the same of. */
export interface Note {
  readonly source: string
  /** The list's own id; undefined = named by the type of indicator. */
  readonly rule: string | undefined
  readonly title: string | undefined
  readonly severity: Severity
  /** Nanoseconds since 1970: from then on, and no longer from then on. */
  readonly from?: bigint | undefined
  readonly until?: bigint | undefined
  /** Conditions that must hold in one row together with this one. */
  readonly together?: Conjunction | undefined
}

export interface Conjunction {
  /** How many conditions there are; Infinity when one of them is not held, so that the others accuse nobody. */
  size: number
}

export type Atom =
  | { readonly is: 'address'; readonly form: AddressForm }
  | { readonly is: 'domain'; readonly form: string }
  | { readonly is: 'url'; readonly scheme: string; readonly key: string }
  | { readonly is: 'email'; readonly form: string }
  | { readonly is: 'hash'; readonly form: string }

/** How a value fits: it is the indicator, its host is, it stands below the domain, or inside the network. */
export type Fit = 'exact' | 'host' | 'below' | 'network'
export type Hit = (indicator: number, fit: Fit) => void

/** A name has at most 127 labels (RFC 1035); an indicator has fewer. */
const MAX_LABELS = 127
/** Different things said of one value: a feed that repeats itself with other words each time would multiply findings. */
export const MAX_SAME = 256

export type Added = 'added' | 'repeated' | 'left'

export class Indicators {
  readonly texts: string[] = []
  readonly notes: Note[] = []
  readonly types: IndicatorType[] = []
  readonly addresses = new AddressTable()
  readonly domains = new RefMap<string>()
  readonly urls = new RefMap<string>()
  readonly emails = new RefMap<string>()
  readonly hashes = new RefMap<string>()
  private readonly schemes = new Map<number, string>()
  private conjunctions = 0

  get size(): number {
    return this.texts.length
  }

  get hasConjunctions(): boolean {
    return this.conjunctions > 0
  }

  /** @param text as the list has it. */
  add(atom: Atom, text: string, note: Note): Added {
    const { refs, add } = this.slotOf(atom)
    const scheme = atom.is === 'url' ? atom.scheme : undefined
    if (refs.some((ref) => sameNote(this.notes[ref]!, note) && this.schemes.get(ref) === scheme)) return 'repeated'
    if (refs.length >= MAX_SAME) return 'left'
    const index = this.texts.length
    add(index)
    this.texts.push(text)
    this.notes.push(note)
    this.types.push(typeOf(atom))
    if (scheme !== undefined) this.schemes.set(index, scheme)
    if (note.together) this.conjunctions++
    return 'added'
  }

  private slotOf(atom: Atom): Slot {
    switch (atom.is) {
      case 'address':
        return this.addresses.slot(atom.form)
      case 'domain':
        return this.domains.slot(atom.form)
      case 'url':
        return this.urls.slot(atom.key)
      case 'email':
        return this.emails.slot(atom.form)
      default:
        return this.hashes.slot(atom.form)
    }
  }

  address(text: string, hit: Hit): void {
    if (this.addresses.empty) return
    const form = addressForm(text)
    if (!form) return
    this.addresses.find(form, (ref, network) => hit(ref, network ? 'network' : 'exact'))
  }

  /** A host may be an address, and may have a port behind it. */
  host(text: string, hit: Hit): void {
    const host = text.includes(':') && !addressForm(text) ? hostWithin(text) : text
    this.address(host, hit)
    if (this.domains.size > 0) this.domain(host, hit)
  }

  private domain(text: string, hit: Hit): void {
    // Certificates name all hosts of a domain so.
    const name = domainForm(text.startsWith('*.') ? text.slice(2) : text)
    if (name === undefined) return
    let at = 0
    for (let label = 0; label < MAX_LABELS; label++) {
      const fit = at === 0 ? 'exact' : 'below'
      this.domains.each(at === 0 ? name : name.slice(at), (ref) => hit(ref, fit))
      at = name.indexOf('.', at) + 1
      if (at === 0) return
    }
  }

  /** A URL is found by itself and by its host. */
  url(text: string, hit: Hit): void {
    if (!text.includes('://')) return
    const form = urlForm(text)
    if (!form) return
    this.urls.each(form.key, (ref) => {
      const scheme = this.schemes.get(ref)
      if (scheme === '' || scheme === form.scheme) hit(ref, 'exact')
    })
    this.host(form.host.startsWith('[') ? form.host.slice(1, -1) : form.host, byHost(hit))
  }

  /** A mail address is found by itself, by `@domain`, and by its domain. */
  email(text: string, hit: Hit): void {
    const found = emailWithin(text)
    const form = found === undefined ? undefined : emailForm(found)
    if (form === undefined) return
    const domain = form.slice(form.lastIndexOf('@') + 1)
    this.emails.each(form, (ref) => hit(ref, 'exact'))
    this.emails.each(`@${domain}`, (ref) => hit(ref, 'host'))
    this.host(domain, byHost(hit))
  }

  hash(text: string, hit: Hit): void {
    if (this.hashes.size === 0) return
    const form = hashForm(text)
    if (form !== undefined) this.hashes.each(form, (ref) => hit(ref, 'exact'))
  }
}

const byHost =
  (hit: Hit): Hit =>
  (indicator, fit) =>
    hit(indicator, fit === 'exact' ? 'host' : fit)

const typeOf = (atom: Atom): IndicatorType => {
  if (atom.is === 'address') return atom.form.version === 4 ? 'ipv4-addr' : 'ipv6-addr'
  return atom.is === 'domain' ? 'domain-name' : atom.is === 'email' ? 'email-addr' : atom.is
}

const sameNote = (a: Note, b: Note): boolean =>
  a === b ||
  (a.source === b.source &&
    a.rule === b.rule &&
    a.title === b.title &&
    a.severity === b.severity &&
    a.from === b.from &&
    a.until === b.until &&
    a.together === b.together)
