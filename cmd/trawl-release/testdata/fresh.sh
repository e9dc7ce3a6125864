# A fresh Debian: install, three lines of settings, two hosts, portal, Prometheus, backup, purge, restore, the same answers.
# The lines behind "#:" are those of doc/installing.md. It runs as root in a container (fresh_test.go); /trial has the packages.

# Images of containers forbid that packages start services.
rm -f /usr/sbin/policy-rc.d

# Two hosts to crawl.
mkdir -p /srv/one/pub /srv/two/iso
echo one >/srv/one/pub/hello-one.txt
echo two >/srv/two/iso/hello-two.iso
/usr/bin/python3 -m pyftpdlib -i 127.0.0.1 -p 2101 -d /srv/one 2>/dev/null &
one=$!
/usr/bin/python3 -m pyftpdlib -i 127.0.0.1 -p 2102 -d /srv/two 2>/dev/null &
two=$!

# within repeats a command until it succeeds, for three minutes at most.
within() {
	set +x
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		if [ $n -gt 360 ]; then
			"$@" || true
			systemctl status --no-pager trawl || true
			journalctl --no-pager -u trawl -n 50 || true
			return 1
		fi
		sleep 0.5
	done
	set -x
}
answers() { curl -sf 'http://127.0.0.1:8080/api/v1/search?q=hello' | tr , '\n' | grep '"url"' | sort; }
both() { test "$(answers | wc -l)" -eq 2; }

# Install.
dpkg -i /trial/a.deb #: dpkg -i trawl_*.deb
within systemctl is-active trawl
systemd-analyze verify trawl.service trawl-backup.service trawl-backup.timer 2>&1 | tee /trial/complaints
test ! -s /trial/complaints
systemd-analyze security --no-pager --threshold=20 trawl.service | tail -n 1
systemd-analyze security --no-pager --threshold=20 trawl-backup.service | tail -n 1
test "$(systemctl is-enabled trawl.service)" = enabled
test "$(systemctl is-enabled trawl-backup.timer || true)" = disabled
test "$(stat -c '%U %a' /etc/trawl/trawl.toml)" = 'root 640'
test "$(ps -o user= -C trawl)" = trawl

# Three lines of settings beside that of the data: who asks, two hosts, and where Prometheus looks.
settings() {
	cat >/etc/trawl/trawl.toml <<'TOML'
data = "/var/lib/trawl"
contact = "admin@example.org"
host = [{url = "ftp://127.0.0.1:2101/", every = "24h"}, {url = "ftp://127.0.0.1:2102/", every = "24h"}]
metrics.listen = "127.0.0.1:9180"
TOML
}
settings
# A watchdog that is hungrier than that of the package shows within this script that it is fed.
mkdir -p /etc/systemd/system/trawl.service.d
printf '[Service]\nWatchdogSec=10s\n' >/etc/systemd/system/trawl.service.d/watchdog.conf
systemctl daemon-reload
runuser -u trawl -- trawl config check #: sudo -u trawl trawl config check
systemctl restart trawl #: systemctl restart trawl
within both
answers >/trial/out/first
systemctl reload trawl #: systemctl reload trawl
systemctl is-active trawl

# The commands work beside the service, as its user; a stranger neither reads the settings nor the catalogue.
runuser -u trawl -- trawl hosts #: sudo -u trawl trawl hosts
runuser -u trawl -- trawl search hello #: sudo -u trawl trawl search hello
runuser -u trawl -- trawl status #: sudo -u trawl trawl status
useradd stranger
! runuser -u stranger -- cat /etc/trawl/trawl.toml
! runuser -u stranger -- ls /var/lib/trawl
runuser -u stranger -- trawl version
man -w trawl trawl-serve trawl-backup

# Prometheus sees it.
cat >/trial/prometheus.yml <<'YAML'
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: trawl
    static_configs: [{targets: ["127.0.0.1:9180"]}]
YAML
"$PEERS/usr/bin/prometheus" --config.file=/trial/prometheus.yml --storage.tsdb.path=/trial/prometheus --web.listen-address=127.0.0.1:9090 2>/dev/null &
seen() { curl -sf 'http://127.0.0.1:9090/api/v1/query?query=up' | grep '"1"\]'; }
within seen

# Upgrade: settings and data stay.
echo '# by the owner' >>/etc/trawl/trawl.toml
dpkg -i /trial/b.deb
grep 'by the owner' /etc/trawl/trawl.toml
within both
answers | diff /trial/out/first -
test "$(systemctl show -P NRestarts trawl)" = 0

# Backup, by hand and by the unit of the timer.
runuser -u trawl -- trawl backup /var/backups/trawl/trawl.tar.zst #: sudo -u trawl trawl backup /var/backups/trawl/trawl.tar.zst
systemctl start trawl-backup.service
test "$(ls /var/backups/trawl | wc -l)" -eq 2

# A stop is clean, and within its time.
systemctl stop trawl
test "$(systemctl show -P Result trawl)" = success
systemctl start trawl

# Remove keeps, purge removes; backups stay.
dpkg -r trawl #: apt remove trawl
test -e /etc/trawl/trawl.toml
test -e /var/lib/trawl
test ! -e /usr/bin/trawl
dpkg -P trawl #: apt purge trawl
test ! -e /etc/trawl
test ! -e /var/lib/trawl
test ! -e /var/log/trawl
test -e /var/backups/trawl/trawl.tar.zst
! getent passwd trawl
! systemctl cat trawl.service

# Restore: the hosts are away, and the answers are those of before.
kill $one $two
dpkg -i /trial/b.deb
within systemctl is-active trawl
settings
systemctl stop trawl #: systemctl stop trawl
rm -r /var/lib/trawl #: rm -r /var/lib/trawl
chown -R trawl: /var/backups/trawl #: chown -R trawl: /var/backups/trawl
install -d -o trawl -g trawl -m 750 /var/lib/trawl #: install -d -o trawl -g trawl -m 750 /var/lib/trawl
runuser -u trawl -- trawl restore /var/backups/trawl/trawl.tar.zst #: sudo -u trawl trawl restore /var/backups/trawl/trawl.tar.zst
runuser -u trawl -- trawl check
systemctl start trawl #: systemctl start trawl
within both
answers | diff /trial/out/first -
