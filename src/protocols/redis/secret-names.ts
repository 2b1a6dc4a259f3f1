/** Settings whose values are secrets: requirepass, masterauth, primaryauth, auth-pass, tls-key-file-pass, and what modules call alike. */
const SECRET = /pass(?!ive)|secret|token|credential|(?:master|primary)-?auth$|api-?key/i
export const isSecretName = (name: string): boolean => name.length <= 256 && SECRET.test(name)
