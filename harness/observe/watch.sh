# Runs on every data node for the length of a test and asks neither Pacemaker nor libvirt: which
# guests have a QEMU process, whose replicas are primary, which of their devices QEMU holds open.
# Four looks a second; a line for each change, and one a second as a sign of life:
#     boot=b0f0... at=1795386596.469600 runs=shop,web primary=1,2 open=1,2
# To standard output, which is kept on the node, and by UDP to host $1, port $2: over ssh each line
# would wake three processes. bash alone, since each further process would cost 20 ms, emulated.
exec 2>/dev/null
[[ -z $1 ]] || exec {away}<> "/dev/udp/$1/$2"
exec {never}<> <(:)
declare -A young guest handle device

# What is known of a process that may be, or may still become, QEMU.
look_at() {
    read -r name < "/proc/$1/comm" || return 0
    case $name in qemu-system* | kvm) ;; *) return 0 ;; esac
    mapfile -t status < "/proc/$1/status"
    [[ ${status[*]} == *"Tgid:"[[:blank:]]"$1 "* ]] || return 0 # a thread
    mapfile -d '' -t words < "/proc/$1/cmdline"
    for word in "${words[@]}"; do
        case $word in guest=*) word=${word#guest=} guest[$1]=${word%%,*} ;; esac
    done
}

# Which replicated device the process holds open, and by which handle: libvirt gives QEMU a /dev of
# its own, so the device is looked for where that process sees it.
find_device() {
    handle[$1]='' device[$1]=''
    for known in "/proc/$1/root/dev/drbd"[0-9]*; do
        for held in "/proc/$1/fd"/*; do
            [[ $held -ef $known ]] && { handle[$1]=$held device[$1]=$known; return 0; }
        done
    done
}

read -r boot < /proc/sys/kernel/random/boot_id
for folder in /proc/[0-9]*; do young[${folder#/proc/}]=0; done
said='' next=0
read -r _ _ _ _ newest < /proc/loadavg
while :; do
    # Only who was born since, by the last number given; a process is looked at for a second, since
    # it may become QEMU only then.
    before=$newest
    read -r _ _ _ _ newest < /proc/loadavg
    ((newest >= before)) || before=1 # the numbers began anew
    for ((pid = before + 1; pid <= newest; pid++)); do
        [[ -e /proc/$pid ]] && young[$pid]=0
    done
    for pid in "${!young[@]}"; do
        ((young[$pid] += 1, young[$pid] < 5)) || unset "young[$pid]"
        look_at "$pid"
    done
    runs='' open='' primary=''
    for pid in "${!guest[@]}"; do
        # What has ended, or is a zombie, has no program any more.
        [[ -e /proc/$pid/exe ]] || { unset "guest[$pid]" "handle[$pid]" "device[$pid]"; continue; }
        runs+=",${guest[$pid]}"
        [[ ${handle[$pid]} -ef ${device[$pid]} ]] || find_device "$pid"
        [[ -z ${handle[$pid]} ]] || open+=",${device[$pid]##*/drbd}"
    done
    mapfile -t lines < /proc/drbd
    for line in "${lines[@]}"; do
        case $line in *' ro:Primary/'*) line=${line%%:*} primary+=",${line##* }" ;; esac
    done
    now="runs=${runs#,} primary=${primary#,} open=${open#,}"
    if [[ $now != "$said" ]] || ((${EPOCHREALTIME%.*} >= next)); then
        line="boot=$boot at=$EPOCHREALTIME $now"
        echo "$line"
        [[ -z $away ]] || echo "$line" >&"$away"
        said=$now next=$((${EPOCHREALTIME%.*} + 1))
    fi
    read -r -t 0.25 -u "$never"
done
