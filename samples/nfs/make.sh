#!/bin/bash
# Regenerates samples/nfs/*.pcap: an NFS-Ganesha server with rpcbind, libnfs and a scripted client that talk to it.
. "$(dirname "$0")/../lab.sh"
lab_need ganesha.nfsd:nfs-ganesha-vfs rpcbind:rpcbind rpcinfo:rpcbind nfs-ls:libnfs-utils
lab_enter "$@"
lab_cable
ip addr add 10.20.0.49/24 dev wire0

ganesha_start() {
  # What the programs leave behind stays in these namespaces.
  local folder
  for folder in /run /var/lib/nfs; do mkdir -p $folder && mount -t tmpfs -o mode=755 lab $folder; done
  mkdir -p /run/rpcbind /var/lib/nfs/ganesha /var/run/ganesha "$LAB/harbour" "$LAB/pilot"
  chown _rpc /run/rpcbind 2>/dev/null || true
  rpcbind -w -i -h 10.20.0.49 2>rpcbind.log
  mkdir "$LAB/harbour/berths"
  seq -f 'Quay %g: free from noon.' 1 400 >"$LAB/harbour/berths/thursday.txt"
  seq -f 'Quay %g: taken.' 1 20 >"$LAB/harbour/berths/friday.txt"
  echo 'the gate code is S3CRET-nfs-1' >"$LAB/harbour/gate.txt"
  chmod 600 "$LAB/harbour/gate.txt"
  ln -s berths/thursday.txt "$LAB/harbour/today"
  for folder in $(seq 40); do echo "$folder" >"$LAB/pilot/log-$folder.txt"; done
  chmod 777 "$LAB/harbour" "$LAB/harbour/berths" "$LAB/pilot"
  cat >ganesha.conf <<CF
NFS_CORE_PARAM { Bind_addr = 10.20.0.49; NFS_Port = 2049; MNT_Port = 20048; NLM_Port = 32803; Rquota_Port = 875;
  Enable_NLM = true; Enable_RQUOTA = false; Protocols = 3, 4; mount_path_pseudo = true; Plugins_Dir = /usr/lib/x86_64-linux-gnu/ganesha; }
NFSV4 { Graceless = true; RecoveryBackend = fs; Minor_Versions = 0, 1, 2; Delegations = true; }
LOG { Default_Log_Level = EVENT; }
EXPORT { Export_Id = 1; Path = $LAB/harbour; Pseudo = /harbour; Access_Type = RW; Squash = No_Root_Squash; SecType = sys; Protocols = 3, 4; Transports = TCP, UDP; Delegations = RW;
  FSAL { Name = VFS; } }
EXPORT { Export_Id = 2; Path = $LAB/pilot; Pseudo = /pilot; Access_Type = RO; Squash = Root_Squash; SecType = sys; Protocols = 3, 4; Transports = TCP, UDP;
  FSAL { Name = VFS; } }
CF
  ganesha.nfsd -F -L "$LAB/ganesha.log" -f "$LAB/ganesha.conf" -N NIV_EVENT -p "$LAB/ganesha.pid" &
  lab_port 10.20.0.49 2049
  sleep 1
}

client() { there env PYTHONDONTWRITEBYTECODE=1 python3 "$HERE/client.py" "$@"; }

ganesha_start
SERVER="NFS-Ganesha $(ganesha.nfsd -v | sed -n 's/.*Release = V//p' | head -1)"
LIBNFS="libnfs $(dpkg-query -W -f '${Version}' libnfs-utils | sed 's/[+-].*//')"
RAW="Python $(python3 -c 'import platform; print(platform.python_version())') socket"
RPCBIND="rpcbind $(dpkg-query -W -f '${Version}' rpcbind | sed 's/-.*//')"

record libnfs-v3 host 10.20.0.49
there nfs-ls -R nfs://10.20.0.49/harbour >libnfs.log
there nfs-cat 'nfs://10.20.0.49/harbour/berths/thursday.txt' >libnfs.log
there nfs-cp libnfs.log nfs://10.20.0.49/harbour/berths/copy.txt >nfs-cp.log
there nfs-cat nfs://10.20.0.49/harbour/gate.txt >libnfs.log
keep 'A tree listed, a file read, a file written, version 3 over TCP with the port mapper and MOUNT before; `S3CRET-nfs-1` is the content of a file' "$SERVER, $RPCBIND, $LIBNFS"

record libnfs-v4 host 10.20.0.49
there nfs-ls 'nfs://10.20.0.49/harbour/berths?version=4' >libnfs.log
there nfs-cat 'nfs://10.20.0.49/harbour/berths/thursday.txt?version=4' >libnfs.log
keep 'A directory listed and a file read with version 4.0' "$SERVER, $LIBNFS"

record v3 host 10.20.0.49
client v3
keep 'All 22 procedures of version 3, some of them in vain; a stranger and root ask for a private file (`S3CRET-nfs-1`, written `S3CRET-nfs-2`); a read-only export listed in pieces' "$SERVER, $RAW"

record udp host 10.20.0.49 and udp
client udp
there rpcinfo -T udp 10.20.0.49 100003 3 >rpcinfo.log
keep 'The port mapper, MOUNT 1 and 3 and NFS over UDP; one READ sent three times and answered three times' "$SERVER, $RPCBIND, $RAW"

record rpcbind host 10.20.0.49 and port 111
there rpcinfo -p 10.20.0.49 >rpcinfo.log
there rpcinfo -s 10.20.0.49 >rpcinfo.log
there rpcinfo -l 10.20.0.49 100005 3 >rpcinfo.log
keep 'What a server offers: port mapper versions 2 to 4 over TCP and UDP' "$RPCBIND, rpcinfo"

record rejected host 10.20.0.49
client rejected
keep 'Calls that RPC refuses: unknown version, procedure, program, garbage, credentials too weak or unknown, TLS asked for, RPC version 3' "$SERVER, $RAW"

record fragments host 10.20.0.49
client fragments
keep 'Calls in several record fragments, writes and reads longer than a segment, six calls before the first reply' "$SERVER, $RAW"

record v40 tcp and host 10.20.0.11
client v40
keep 'NFSv4.0: client id and confirmation, the callback connection that the server opens, open, write, lock, conflict, rename, link, symlink, remove, errors, an unknown operation, an unknown minor version (`S3CRET-nfs-3` written)' "$SERVER, $RAW"

record v41 host 10.20.0.49
client v41
keep 'NFSv4.1: two clients with sessions that may be called back; open, read, a layout refused, state ids, a session that is none' "$SERVER, $RAW"

kill -STOP "$(cat ganesha.pid)"
record silent host 10.20.0.49
client silent
keep 'A call sent twice over UDP that nobody answers' "$SERVER (stopped), $RAW"
kill -CONT "$(cat ganesha.pid)"
record v42 host 10.20.0.49
client v42
keep 'NFSv4.2: allocate, deallocate, seek, read plus, clone, copy, extended attributes (`S3CRET-nfs-4`), layout statistics, several reads and writes in one COMPOUND; then the server dies and two calls stay without reply' "$SERVER, $RAW"

kill "$(cat ganesha.pid)" 2>/dev/null || true

lab_table
