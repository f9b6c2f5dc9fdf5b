#!/usr/bin/env bash
# Proves the course on a machine that never saw it: a new Debian root, made for this and removed afterwards.
set -euo pipefail

usage() {
    cat <<'END'
sudo tests/new_root.sh [--keep DIR] SUITE start            the course is set up and JupyterLab answers
sudo tests/new_root.sh [--keep DIR] SUITE test [WORDS]     python3 start.py test WORDS
sudo tests/new_root.sh [--keep DIR] SUITE ci [WORDS]       .ci/run WORDS
sudo tests/new_root.sh [--keep DIR] SUITE shell            a shell, to look around

SUITE is a suite of Debian: bookworm (Python 3.11), trixie (3.13). WORDS are for pytest. What is tried is the repository
as committed, in a root of its own with Debian's minbase, Python, git and certificates, and with this machine's settings
for pip, npm, apt, proxies and certificates. With --keep the root lies in DIR (an absolute path), stays there, and a
later call goes on in it, with the latest commit. It needs root, about 3 GB in TMPDIR or DIR, and mmdebstrap.
END
    exit 2
}

fail() {
    echo "$*" >&2
    exit 1
}

# ---- Inside the namespaces, with the root in place

# Show a file or a folder of this machine in the root, where the root has nothing of that name.
show() {
    local path=$1
    [[ -e $path && ! -e $root$path ]] || return 0
    if [[ -d $path ]]; then mkdir -p "$root$path"; else mkdir -p "$root${path%/*}" && touch "$root$path"; fi
    mount --bind "$path" "$root$path"
    mount -o remount,bind,ro "$root$path"
}

# Copy settings to the same place in the root.
settings() {
    local path
    for path in "$@"; do
        [[ -e $path ]] || continue
        mkdir -p "$root${path%/*}"
        cp -rL "$path" "$root${path%/*}/"
    done
}

inside() {
    local root=$1 command=$2 path
    shift 2
    mount --bind "$root" "$root" # tests make namespaces of their own, and those want the root to be a mount point
    mount --make-private "$root"
    mount -t proc proc "$root/proc"
    for path in sys dev; do
        mount --rbind "/$path" "$root/$path"
        mount --make-rslave "$root/$path"
    done
    settings /etc/resolv.conf /etc/hosts /etc/apt/apt.conf /etc/apt/apt.conf.d /etc/ssl/certs/ca-certificates.crt \
        /etc/pip.conf /etc/xdg/pip /root/.config/pip /root/.pip /etc/npmrc /root/.npmrc

    # Folders that the settings name are shown: wheels, an index that lies on this machine, certificates.
    local -a kept=(HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
    local name
    while IFS= read -r name; do
        kept+=("$name=${!name}")
    done < <(compgen -e | grep -iE '^(PIP|UV|NPM_CONFIG)_|_proxy$|^(SSL_CERT|REQUESTS_CA|CURL_CA|GIT_SSL|NODE_EXTRA_CA)_')
    while IFS= read -r path; do
        path=${path%/simple} # an index of files refers to its neighbours
        while [[ $path != / && ! -e $path ]]; do path=${path%/*}; path=${path:-/}; done
        if [[ $path != / ]]; then show "$path"; fi
    done < <({ cat "$root/etc/pip.conf" "$root"/root/.config/pip/* "$root"/root/.pip/* 2>/dev/null || true; printf '%s\n' "${kept[@]:4}"; } |
        grep -oP '(?:(?<=[=\s:])|(?<=file://))/(?!/)[^\s:]+' | sort -u)

    env -i "${kept[@]}" chroot "$root" bash -euo pipefail -c "$(declare -f enter start_and_ask); enter \"\$@\"" - "$command" "$@"
}

# ---- Inside the root

enter() {
    local command=$1
    shift
    cd /root/course
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

child = subprocess.Popen(
    [sys.executable, "start.py", "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
)
signal.alarm(600)  # then all of this ends
try:
    for line in child.stdout:
        print(line, end="", flush=True)
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\S+", line):
            break
    else:
        sys.exit("start.py ended, and JupyterLab never said where it is.")
    opener, deadline = urllib.request.build_opener(urllib.request.ProxyHandler({})), time.monotonic() + 60
    while True:
        try:
            with opener.open(found[0], timeout=60) as reply:
                page = reply.read()
            break
        except urllib.error.URLError:  # it says where it is before it listens
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    if b"jupyter-config-data" not in page:
        sys.exit("What answers there is not JupyterLab.")
    print("JupyterLab answers.")
finally:
    child.terminate()
    child.wait()
END
    ls my-course
    python3 start.py doctor
}

# ---- On this machine

if [[ ${1-} == --inside ]]; then
    shift
    inside "$@"
    exit
fi

keep=
if [[ ${1-} == --keep ]]; then
    keep=${2-}
    [[ $keep == /?* ]] || usage
    shift 2
fi
[[ $# -ge 2 && $1 =~ ^[a-z]+$ && $2 =~ ^(start|test|ci|shell)$ ]] || usage
suite=$1
shift
[[ $EUID == 0 ]] || fail "Only root can make a root: sudo tests/new_root.sh ..."
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing, which makes the root. Install it: apt-get install mmdebstrap"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ $keep ]]; then
    root=$keep
else
    root=$(mktemp -d "${TMPDIR:-/tmp}/new-root-$suite.XXXXXX")
    # No mount is left when this runs: they are in a namespace of their own, which ended.
    trap 'rm -rf --one-file-system "$root"' EXIT
fi
if [[ ! -e $root/etc/debian_version ]]; then
    echo "Making a root of $suite in $root."
    mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,git,ca-certificates "$suite" "$root"
fi
printf '[safe]\n\tdirectory = *\n' >"$root/root/.gitconfig" # the repository belongs to whoever called sudo
export GIT_CONFIG_GLOBAL=$root/root/.gitconfig
if [[ -e $root/root/course ]]; then
    git -C "$root/root/course" fetch --quiet "$here" HEAD
    git -C "$root/root/course" reset --quiet --hard FETCH_HEAD
else
    git clone --quiet --no-hardlinks "$here" "$root/root/course"
fi
unset GIT_CONFIG_GLOBAL
echo "In a root of $suite: $(git -C "$root/root/course" log -1 --format='%h %s'). $*"

# Mounts and processes are in namespaces of their own and end with them, however this ends.
unshare --mount --propagation private --pid --fork --kill-child --mount-proc bash "${BASH_SOURCE[0]}" --inside "$root" "$@"
