# A fresh Debian: install, three lines of settings, two hosts, portal, Prometheus, backup, purge, restore, the same answers.
# The lines behind "#:" are those of doc/installing.md. It runs as root in a container (fresh_test.go); /trial has the packages.

# Two hosts to crawl.
mkdir -p /srv/one/pub /srv/two/iso
echo one >/srv/one/pub/hello-one.txt
echo two >/srv/two/iso/hello-two.iso
/usr/bin/python3 -m pyftpdlib -i 127.0.0.1 -p 2101 -d /srv/one 2>/dev/null &
/usr/bin/python3 -m pyftpdlib -i 127.0.0.1 -p 2102 -d /srv/two 2>/dev/null &

# within repeats a command until it succeeds, for a minute at most.
within() {
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		if [ $n -gt 120 ]; then
			"$@" || true
			systemctl status --no-pager trawl || true
			journalctl --no-pager -u trawl -n 50 || true
			return 1
		fi
		sleep 0.5
	done
}
answers() { curl -sf 'http://127.0.0.1:8080/api/v1/search?q=hello' | tr , '\n' | grep '"url"' | sort; }
both() { test "$(answers | wc -l)" -eq 2; }

# Install.
dpkg -i /trial/a.deb #: dpkg -i trawl_*.deb
within systemctl is-active trawl
systemd-analyze verify trawl.service trawl-backup.service trawl-backup.timer
systemd-analyze security --no-pager --threshold=20 trawl.service | tail -n 1
systemd-analyze security --no-pager --threshold=20 trawl-backup.service | tail -n 1
test "$(systemctl is-enabled trawl.service)" = enabled
test "$(systemctl is-enabled trawl-backup.timer || true)" = disabled
test "$(stat -c '%U %a' /etc/trawl/trawl.toml)" = 'root 640'
test "$(ps -o user= -C trawl)" = trawl

# Three lines of settings: who asks, and two hosts.
cat >>/etc/trawl/trawl.toml <<'TOML'
crawl.contact = "admin@example.org"
host = [{url = "ftp://127.0.0.1:2101/", every = "24h"}, {url = "ftp://127.0.0.1:2102/", every = "24h"}]
metrics.listen = "127.0.0.1:9180"
TOML
runuser -u trawl -- trawl config check #: sudo -u trawl trawl config check
systemctl reload trawl #: systemctl reload trawl
