/** A systemd unit that runs a live session for ever, with the one right that it needs: systemd.service(5), systemd.exec(5). */
import { UserError } from '../../model/user-error.js'

/** Units without this line are somebody else's, and stay. */
export const MARK = '# Written by audit live --install-service, which writes it anew: changes here are lost.'

export interface ServiceFacts {
  /** Of the unit and of its folder under /var/lib, without `.service`. */
  readonly name: string
  readonly interfaces: readonly string[]
  /** The program and its arguments, whole paths where they are paths. */
  readonly command: readonly string[]
  /** Who it runs as; undefined = a user that exists only while it runs. */
  readonly user: string | undefined
  /** Folders outside of its own that it writes to. */
  readonly writes: readonly string[]
}

const CONTROL = /[\x00-\x1f\x7f]/
/** User names as systemd takes them, or a number. */
const USER = /^(?:[A-Za-z_][A-Za-z0-9_-]{0,30}|\d{1,10})$/
/** Folders that ProtectHome= hides. */
const HOME = /^\/(?:home|root|run\/user)(?:\/|$)/

function plain(text: string, what: string): string {
  if (CONTROL.test(text)) throw new UserError(`${what} ${JSON.stringify(text)} has a control character in it, which a unit cannot hold`)
  return text
}

/** In quotes, as every setting takes it: backslash, quote and specifiers escaped. */
export const quotedPath = (text: string): string =>
  `"${plain(text, 'the path').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`

/** An argument of a command, where variables are put in, too. */
export const quotedArgument = (text: string): string =>
  `"${plain(text, 'the argument').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

export function serviceUnit({ name, interfaces, command, user, writes }: ServiceFacts): string {
  const [executable, ...rest] = command as [string, ...string[]]
  // The program's own path has no variables put in, and so no way to escape what looks like one.
  if (executable.includes('$')) throw new UserError(`a unit cannot start ${executable}: its path has a $ in it`)
  if (user !== undefined && !USER.test(user)) throw new UserError(`--user ${user}: not the name of a user`)
  const home = [...command, ...writes].some((path) => HOME.test(path))
  return `${MARK}
[Unit]
Description=${plain(`audit live on ${interfaces.join(', ')}`, 'the name').replaceAll('%', '%%')}
After=network.target
# An interface that is not there yet is asked for again and again.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=${[quotedPath(executable), ...rest.map(quotedArgument)].join(' ')}
# The configuration is read again; no packet is lost.
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
Restart=always
RestartSec=5s
# 3: no packet came. 4: packets were lost, and the session says so.
SuccessExitStatus=3 4
WatchdogSec=60s
# At the end all that was captured is decoded and put in order.
TimeoutStopSec=15min

${user === undefined ? 'DynamicUser=yes' : `User=${user}`}
StateDirectory=${name}
StateDirectoryMode=0700
WorkingDirectory=%S/${name}
UMask=0077
${writes.map((path) => `ReadWritePaths=${quotedPath(path)}\n`).join('')}
# A packet socket, promiscuous mode included, takes CAP_NET_RAW and nothing else.
CapabilityBoundingSet=CAP_NET_RAW
AmbientCapabilities=CAP_NET_RAW
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=${home ? 'read-only' : 'yes'}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# Packets, the service manager, and what lists the interfaces.
RestrictAddressFamilies=AF_PACKET AF_UNIX AF_NETLINK AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
# Not MemoryDenyWriteExecute=: JavaScript is compiled while it runs.

[Install]
WantedBy=multi-user.target
`
}
