// Package systemd speaks to the service manager that has started this process: it says how far the service is (sd_notify(3)), and
// shows that it is alive (sd_watchdog_enabled(3)). The protocol is a datagram a message, so that a library would be longer than this.
//
// notify.go says how far the service is, watchdog.go shows that it lives.
package systemd

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"trawl/index"
)

// Manager is the service manager. Nil is none: its methods do nothing then. They may be called from many goroutines, and a
// failure to reach the manager is no failure of the service.
type Manager struct {
	interval time.Duration // of the watchdog; 0 is none

	mu   sync.Mutex // guards what follows
	conn net.Conn
	last string // status
}

// Connect returns the manager that $NOTIFY_SOCKET names, nil if there is none. The caller closes it. Programs that this process
// starts do not inherit it.
func Connect(env func(string) string) (*Manager, error) {
	name := env("NOTIFY_SOCKET")
	if name == "" {
		return nil, nil //nolint:nilnil // nil is a manager
	}
	for _, inherited := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		defer os.Unsetenv(inherited) //nolint:errcheck // the names are sound
	}
	conn, err := net.Dial("unixgram", name) //nolint:noctx // the system answers at once; "@name" is one of the abstract namespace
	if err != nil {
		return nil, fmt.Errorf("reach the service manager at $NOTIFY_SOCKET: %w", err)
	}
	return &Manager{conn: conn, interval: watchdog(env)}, nil
}

// watchdog returns how often the manager wants to hear that the process lives, 0 if it does not.
func watchdog(env func(string) string) time.Duration {
	if pid := env("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	n, err := strconv.ParseInt(env("WATCHDOG_USEC"), 10, 64)
	if err != nil || n <= 0 || n > int64(time.Hour*24*365/time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

// send sends lines of the protocol.
func (m *Manager) send(lines ...string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.write(lines...)
}

// write sends lines of the protocol. The caller holds mu.
func (m *Manager) write(lines ...string) {
	if m.conn == nil {
		return
	}
	_ = m.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = m.conn.Write([]byte(strings.Join(lines, "\n")))
}

// Ready says that the service has started, or has its new settings.
func (m *Manager) Ready() { m.send("READY=1") }

// Reloading says that the service reads its settings again. Ready ends that.
func (m *Manager) Reloading() {
	lines := []string{"RELOADING=1"}
	if usec := monotonic(); usec > 0 {
		lines = append(lines, "MONOTONIC_USEC="+strconv.FormatInt(usec, 10))
	}
	m.send(lines...)
}

// Stopping says that the service ends.
func (m *Manager) Stopping() { m.send("STOPPING=1") }

// Status says in one line what the service does, for systemctl status. What was said already is not said again.
func (m *Manager) Status(line string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if line = index.Visible(line); line != m.last {
		m.last = line
		m.write("STATUS=" + line)
	}
}

// Extend asks for more time to start, to read the settings or to end, from now on.
func (m *Manager) Extend(by time.Duration) {
	m.send("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(by.Microseconds(), 10))
}

// Close ends the connection.
func (m *Manager) Close() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn != nil {
		m.conn.Close()
		m.conn = nil
	}
}
