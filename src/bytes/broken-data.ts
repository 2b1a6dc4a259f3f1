/** What a decompressor throws for bytes that do not fit their format; the message says what, for people. */
export class BrokenData extends Error {}

/** For bytes that fit it and are not decompressed all the same; the message says what they ask for and the way out. */
export class Refused extends BrokenData {}
