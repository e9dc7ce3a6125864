# Makes a local network of two machines, which have the addresses NEAR and FAR, and runs
# a command in one of them; in the other Avahi announces what DIR/services describes. It
# must run in user, network, mount and process namespaces of its own:
#
#	unshare --user --map-root-user --net --mount --pid --fork --kill-child sh lan.sh DIR AVAHI NEAR FAR COMMAND...
set -e
dir=$1 avahi=$2 near=$3 far=$4
shift 4
case $near in *:*) nodad=nodad ;; esac # nobody else has the address, and to find that out takes seconds
ip link set lo up
ip link add near type veth peer name far
cat >"$dir/machine.sh" <<'END'
until ip link show far >/dev/null 2>&1; do sleep 0.02; done
ip link set lo up
ip addr add "$3" dev far $4
ip link set far up
mount -t tmpfs none /etc
mount -t tmpfs none /run
mkdir /etc/avahi
cp -r "$1/services" /etc/avahi/
echo avahi:x:0:0::/:/bin/false >/etc/passwd
echo avahi:x:0: >/etc/group
exec "$2" --no-drop-root --no-chroot --no-rlimits -f "$1/avahi.conf"
END
unshare --net --mount --kill-child sh "$dir/machine.sh" "$dir" "$avahi" "$far" "$nodad" >"$dir/avahi.log" 2>&1 &
machine=$!
while ip link show far >/dev/null 2>&1; do
	ip link set far netns "$machine"
	sleep 0.02
done
ip addr add "$near" dev near $nodad
ip link set near up
"$@"
