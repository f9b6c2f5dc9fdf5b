#!/usr/bin/env bash
# Proves the course on a machine that never saw it: in a new Debian root, made for this.
set -euo pipefail

usage() {
    cat <<'END'
sudo tests/new_root.sh [--keep DIR] SUITE start            the course is set up, and JupyterLab answers
sudo tests/new_root.sh [--keep DIR] SUITE test [WORDS]     python3 start.py test WORDS
sudo tests/new_root.sh [--keep DIR] SUITE ci [WORDS]       .ci/run WORDS
sudo tests/new_root.sh [--keep DIR] SUITE shell            a shell, to look around

SUITE is a suite of Debian: bookworm (Python 3.11), trixie (3.13), sid (3.14). WORDS are for pytest. What is tried is the
last commit, in a root of its own that has Debian's minimum, Python, git and certificates, and this machine's settings for
pip, npm, apt, proxies and certificates. The root is removed afterwards. With --keep it lies in DIR, an absolute path,
and stays: a later call goes on in it. DEBIAN_MIRROR may name another mirror than deb.debian.org, and APT_OPTION an option
of apt's: where the mirror is a snapshot, Acquire::Check-Valid-Until "false".

It needs root, 4 GB in TMPDIR or DIR, and mmdebstrap.
END
    exit 2
}

fail() {
    echo "$*" >&2
    exit 1
}

# ---- On this machine

main() {
    local suite
    keep= child=
    if [[ ${1-} == --keep ]]; then
        keep=${2-}
        [[ $keep == /?* ]] || usage
        shift 2
    fi
    [[ $# -ge 2 && $1 =~ ^[a-z]+$ && $2 =~ ^(start|test|ci|shell)$ ]] || usage
    suite=$1
    shift
    [[ $EUID == 0 ]] || fail "Only root can do this: sudo tests/new_root.sh ..."
    command -v mmdebstrap >/dev/null || fail "mmdebstrap, which makes the root, is missing: apt-get install mmdebstrap"

    here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    root=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/new-root-$suite.XXXXXX")}
    trap end EXIT
    trap 'exit 130' INT TERM HUP
    if [[ ! -e $root/root/.made ]]; then
        echo "Making a root of $suite in $root."
        apart mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,git,ca-certificates "$suite" "$root" \
            ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} ${APT_OPTION:+--aptopt="$APT_OPTION"}
        printf '[safe]\n\tdirectory = *\n' >"$root/root/.gitconfig" # the repository belongs to whoever called sudo
        touch "$root/root/.made"
    fi
    lay_course
    echo "In a root of $suite, at $(git -C "$root/srv/course" log -1 --format='%h (%s)'): $*"

    apart bash "${BASH_SOURCE[0]}" --inside "$root" "$@"
}

# Run a command with all its mounts and processes in namespaces of their own: they are gone with it, however it ends.
apart() {
    local apart=(unshare --mount --propagation private --pid --fork --kill-child --mount-proc)
    if [[ ${*: -1} == shell ]]; then
        "${apart[@]}" "$@"
    else
        set -m # a process group of its own: this script alone hears Ctrl-C, and ends it all
        "${apart[@]}" "$@" </dev/null &
        child=$!
        set +m
        wait "$child"
    fi
}

lay_course() {
    local course=$root/srv/course
    export GIT_CONFIG_GLOBAL=$root/root/.gitconfig
    if [[ -e $course ]]; then
        git -C "$course" fetch --quiet "$here" HEAD
        git -C "$course" reset --quiet --hard FETCH_HEAD
        git -C "$course" clean -fdqx --exclude=.venv # a folder that is left can pass for a package
    else
        git clone --quiet --no-hardlinks "$here" "$course"
    fi
    unset GIT_CONFIG_GLOBAL
}

end() {
    if [[ $child ]] && kill -KILL "$child" 2>/dev/null; then wait "$child" 2>/dev/null || true; fi
    if [[ ! $keep ]]; then # what was killed may write its last while this runs
        rm -rf --one-file-system "$root" 2>/dev/null || { sleep 2 && rm -rf --one-file-system "$root"; }
    fi
}

# ---- In the namespaces, with this machine still in sight

inside() {
    local root=$1
    shift
    mount --bind "$root" "$root" # tests make namespaces of their own, which wants the root to be a private mount point
    mount --make-private "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/sys"
    mount --make-rslave "$root/dev"

    copy /etc/resolv.conf /etc/hosts /etc/apt/apt.conf /etc/apt/apt.conf.d /etc/ssl/certs/ca-certificates.crt \
        /usr/local/share/ca-certificates
    # These may hold passwords. They are shown, so that nothing of them stays in a root that is kept.
    local settings=(/etc/pip.conf /etc/xdg/pip /root/.config/pip /root/.pip /etc/npmrc /root/.npmrc)
    show "${settings[@]}" /etc/apt/auth.conf /etc/apt/auth.conf.d

    local variables=() name
    local wanted='^(PIP|UV|NPM_CONFIG)_|_proxy$|^(SSL_CERT|REQUESTS_CA|CURL_CA|GIT_SSL|NODE_EXTRA_CA)_'
    while read -r name; do
        variables+=("$name=${!name}")
    done < <(compgen -e | grep -iE "$wanted")
    show_what_is_named

    env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${variables[@]+"${variables[@]}"} \
        chroot "$root" bash -euo pipefail -c "$(declare -f enter start_and_ask); enter \"\$@\"" - "$@"
}

copy() {
    local path
    for path in "$@"; do
        if [[ -e $path ]]; then
            mkdir -p "$root${path%/*}"
            cp -rL "$path" "$root${path%/*}/"
        fi
    done
}

# Show files and folders of this machine in the root, to be read, where the root has nothing of its own.
show() {
    local path
    for path in "$@"; do
        [[ -e $path ]] || continue
        if [[ -d $path ]]; then
            mkdir -p "$root$path"
            [[ ! $(ls -A "$root$path") ]] || continue
        else
            mkdir -p "$root${path%/*}"
            [[ ! -s $root$path ]] || continue
            touch "$root$path"
        fi
        mount --bind "$path" "$root$path"
        mount -o remount,bind,ro "$root$path"
    done
}

# Show the folders and files that the settings name: wheels, an index of packages on this machine, certificates.
show_what_is_named() {
    local path
    while read -r path; do
        show "${path%/simple}" # such an index refers to its neighbours
    done < <({
        find "${settings[@]}" -type f -exec cat {} + 2>/dev/null || true
        printf '%s\n' ${variables[@]+"${variables[@]}"}
    } | grep -oP '(?:(?<=[=\s:])|(?<=file://))/(?!/)[^\s:]+' | sort -u)
}

# ---- In the root

enter() {
    local command=$1
    shift
    cd /srv/course
    python3 --version
    case $command in
    start) start_and_ask ;;
    test) python3 start.py test "$@" ;;
    ci) .ci/run "$@" ;;
    shell) bash -i ;;
    esac
}

start_and_ask() {
    rm -rf .venv my-course
    python3 - <<'END'
import re, signal, subprocess, sys, time, urllib.error, urllib.request

signal.alarm(600)  # then all of this ends
command = [sys.executable, "start.py", "--no-browser"]
child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    for line in child.stdout:
        print(line, end="", flush=True)
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\S+", line):
            break
    else:
        sys.exit("start.py ended, and JupyterLab never said where it is.")
    opener, until = urllib.request.build_opener(urllib.request.ProxyHandler({})), time.monotonic() + 60
    while True:
        try:
            with opener.open(found[0], timeout=60) as reply:
                page = reply.read()
            break
        except urllib.error.URLError:  # it says where it is before it listens
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
    if b"jupyter-config-data" not in page:
        sys.exit("What answers there is not JupyterLab.")
    print("JupyterLab answers.")
finally:
    child.terminate()
    child.wait()
END
    python3 start.py doctor
}

if [[ ${1-} == --inside ]]; then
    shift
    inside "$@"
else
    main "$@"
fi
