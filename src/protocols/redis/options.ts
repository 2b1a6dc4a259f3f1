import { count, defineOptions, type OptionsOf } from '../../schema/options.js'

export const redisOptions = defineOptions({
  queue_max_bytes: count(
    'Bytes of commands of one connection that wait for replies; beyond it the oldest count as unanswered.',
    1 << 20,
    1,
  ),
  queue_max_messages: count('Commands of one connection that wait for replies; beyond it the oldest count as unanswered.', 20_000, 1),
  max_value_size: count(
    'Bytes kept of each argument and of each string in a reply; a whole query or reply is kept up to four times that.',
    4096,
    64,
  ),
})
export type RedisOptions = OptionsOf<typeof redisOptions> & { readonly send_request: boolean; readonly send_response: boolean }
