/** The columns of the `http` table and their document paths. */
import { defineFields, int, json, list, optional, type RowOf, text } from '../../schema/fields.js'

export const httpFields = defineFields({
  host: optional(text('Host the request is for, without port.', 'www.example.com', 'url.domain')),
  server_domain: optional(
    text('The same when it is a name, not an address.', 'www.example.com', ['destination.domain', 'server.domain'], {
      related: 'hosts',
      only: 'document',
    }),
  ),
  path: optional(text('Path of the request, without query.', '/index.html', 'url.path')),
  url_query: optional(text('Query string as sent, secrets masked.', 'id=1&lang=en', 'url.query')),
  url: optional(text('Request target as sent, secrets masked.', '/index.html?id=1&lang=en', 'url.original')),
  url_full: optional(text('The whole address, put together from target and Host.', 'http://www.example.com/index.html?id=1', 'url.full')),
  url_scheme: optional(text('Scheme of that address.', 'http', 'url.scheme')),
  url_port: optional(int('Port of that address, when it is not 80.', 8080, 'url.port')),
  url_extension: optional(text('File extension at the end of the path.', 'html', 'url.extension')),
  url_username: optional(text('User name inside the address.', 'alice', 'url.username')),
  request_method: optional(text('Method of the request.', 'GET', 'http.request.method', { only: 'document' })),
  version: optional(text('Version of the response, of the request while unanswered.', '1.1', 'http.version')),
  request_version: optional(text('Version of the request line; 0.9 for one without.', '1.1', 'http.request.version')),
  response_version: optional(text('Version of the status line.', '1.1', 'http.response.version')),
  status_code: optional(int('Status code of the final response.', 200, 'http.response.status_code')),
  status_phrase: optional(text('Reason phrase, lower-case.', 'not found', 'http.response.status_phrase')),
  interim: optional(list('Interim (1xx) status codes that came before.', [100], 'http.response.interim_status_codes')),
  user_agent: optional(text('User-Agent of the client.', 'curl/8.5.0', 'user_agent.original')),
  referrer: optional(text('Referer: the page that led here.', 'http://www.example.com/', 'http.request.referrer')),
  auth_type: optional(text('Scheme of the credentials sent, lower-case.', 'basic', 'http.request.auth_type')),
  forwarded_ip: optional(
    text('First address in the header that real_ip_header names.', '203.0.113.7', 'network.forwarded_ip', { related: 'ip' }),
  ),
  server_software: optional(text('Server header of the response.', 'nginx/1.25', 'http.response.server')),
  location: optional(text('Location header: where the response leads to.', '/login', 'http.response.headers.location')),
  upgrade: optional(
    text('What the connection switched to with this response: an Upgrade token, or tunnel for CONNECT.', 'websocket', 'http.upgrade'),
  ),
  wait_ns: optional(
    int(
      'From the last byte of the request to the first byte of the response, nanoseconds: the server at work.',
      12400000,
      'http.response.wait',
    ),
  ),
  request_wire_bytes: optional(int('Bytes of the whole request.', 130, 'http.request.bytes', { only: 'document' })),
  request_body_bytes: optional(int('Bytes of the request body, without chunk framing, lost ones included.', 55, 'http.request.body.bytes')),
  request_mime_type: optional(text('Media type the request declares.', 'application/json', 'http.request.mime_type_declared')),
  request_body: optional(text('Content of the request body, when include_body_for asks for it.', 'a=1', 'http.request.body.content')),
  request_body_sha256: optional(text('SHA-256 of the request body.', 'e3b0c442', 'http.request.body.hash.sha256', { related: 'hash' })),
  request_body_hash_of: optional(
    text('What that hash is over: content (decoded) or encoded (as sent).', 'content', 'http.request.body.hash_of'),
  ),
  request_missing_bytes: optional(int('Bytes of the request body that were not captured.', 1460, 'http.request.body.missing_bytes')),
  request_headers: optional(json('Request header fields that the options keep.', { 'content-length': 0 }, 'http.request.headers')),
  request_trailers: optional(json('Trailer fields of the request that the options keep.', { 'x-checksum': '1' }, 'http.request.trailers')),
  forwarded_for: optional(list('Addresses in X-Forwarded-For.', ['203.0.113.7', '10.0.0.9'], 'http.request.headers.x-forwarded-for_ip')),
  response_wire_bytes: optional(int('Bytes of the whole final response.', 1591, 'http.response.bytes', { only: 'document' })),
  response_body_bytes: optional(
    int('Bytes of the response body, without chunk framing, lost ones included.', 1270, 'http.response.body.bytes'),
  ),
  response_mime_type: optional(text('Media type the response declares.', 'text/html', 'http.response.mime_type_declared')),
  response_encoding: optional(text('Content codings of the response body.', 'gzip', 'http.response.content_encoding')),
  response_body: optional(text('Content of the response body, when include_body_for asks for it.', '<html>', 'http.response.body.content')),
  response_body_sha256: optional(text('SHA-256 of the response body.', 'e3b0c442', 'http.response.body.hash.sha256', { related: 'hash' })),
  response_body_hash_of: optional(
    text('What that hash is over: content (decoded) or encoded (as sent).', 'content', 'http.response.body.hash_of'),
  ),
  response_missing_bytes: optional(int('Bytes of the response body that were not captured.', 1460, 'http.response.body.missing_bytes')),
  response_filename: optional(text('File name that Content-Disposition gives the body.', 'report.pdf', 'http.response.filename')),
  response_headers: optional(
    json('Response header fields that the options keep.', { 'content-type': 'text/html' }, 'http.response.headers'),
  ),
  response_trailers: optional(
    json('Trailer fields of the response that the options keep.', { 'x-checksum': '1' }, 'http.response.trailers'),
  ),
})
export type HttpRow = RowOf<typeof httpFields>
