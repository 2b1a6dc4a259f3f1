/** The policy that comes with the program; docs/export.md explains it. */
export const DEFAULT_POLICY = `# What an outsider gets: what was done, when, how often and with which result; not by whom by name, not with which values.
name: default
# A column that no rule names is removed.
default: remove
rules:
  # Statements without their literals; what they were about stays readable.
  - fields: [mysql.query, pgsql.query, oracle.query, cassandra.query]
    action: literals
  - fields: [mysql.resource, pgsql.resource, oracle.resource, cassandra.resource, '*.tables', '*.fingerprint']
    action: keep
  - fields: [mysql.database, pgsql.database, cassandra.keyspace, oracle.schema, mongodb.database, mongodb.collection]
    action: keep

  # Values.
  - fields: [params, '*.password', '*.auth_secret', pgsql.payload, redis.key, memcache.request_keys]
    action: remove
  # Whole requests and answers: the words in them stand everywhere, so they are not looked for elsewhere.
  - fields: [query, redis.return_value]
    action: remove
    elsewhere: false

  # People, machines, files: other names, the same for the same one.
  - fields:
      - user
      - '*.user_id'
      - '*_user'
      - '*.url_username'
      - '*.auth_domain'
      - pgsql.role
      - oracle.proxy_user
      - smtp.mail_from
      - smtp.rcpt_to
      - '*_address'
      - sip.from_uri
      - sip.to_uri
    action: token
  - fields:
      - http.host
      - tls.server_name
      - tls.server_alternative_names
      - '*.question_name'
      - '*.registered_domain'
      - '*.hostname'
      - '*.client_name'
      - '*.server_name'
      - '*.machine'
      - oracle.connect_host
      - oracle.server_host
      - smtp.helo
    action: token
  - fields:
      - http.response_filename
      - smtp.attachment_names
      - mysql.infile
      - nfs.path
      - nfs.name
      - nfs.rename_from
      - nfs.rename_to
      - nfs.target_path
    action: token
  - fields: [resource]
    action: token
    elsewhere: false
  - fields: ['*_mac']
    action: token

  # Addresses: other addresses; networks stay networks.
  - fields: ['*_ip', '*_ips', http.forwarded_for]
    action: prefix

  # Where an address is: the country stays. City and network come close to saying whose address it was.
  - fields: ['flow.*_city', 'flow.*_as', 'flow.*_as_org']
    action: remove
    elsewhere: false
  - fields: ['flow.*_country']
    action: keep

  # Figures.
  - fields: ['*']
    kinds: [int, real, bool]
    action: keep

  # Words of the protocols themselves.
  - fields: [method, status, '*.version', '*.request_version', '*.response_version', '*.server_version']
    action: keep
  - fields: ['*.command', '*.command_completed', '*.error_code', '*.error_severity', '*.sqlstate', '*.transaction_state']
    action: keep
  - fields: ['*.op_code', '*.response_code', '*.question_type', '*.question_class', '*.message_type', '*.result']
    action: keep
  - fields: ['http.*_mime_type', http.response_encoding, http.auth_type, http.url_scheme]
    action: keep
  - fields: [smtp.outcome, smtp.rejected_by, smtp.enhanced_status, smtp.transfer, smtp.greeting, '*.auth_mechanism', '*.auth_method', '*.auth_result']
    action: keep
  - fields: ['tls.version_protocol', tls.cipher, tls.curve, tls.next_protocol, tls.alpn, 'tls.supported_*', 'tls.ja*', tls.alert_types]
    action: keep
  - fields: [service]
    action: keep
`
