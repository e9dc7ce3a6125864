package systemd

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// manager is a fake service manager, which hears what is said.
type manager struct{ *net.UnixConn }

// listen returns a manager at a socket. Tests of a real one would need a machine that systemd has started.
func listen(t *testing.T, name string) manager {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return manager{conn}
}

// hear returns the next message.
func (m manager) hear(t *testing.T) string {
	t.Helper()
	_ = m.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 4096)
	n, err := m.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

// environment returns an environment of a service.
func environment(values ...string) func(string) string {
	return func(name string) string {
		for _, v := range values {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// TestManager says all to a manager at a path and at a name of the abstract namespace.
func TestManager(t *testing.T) {
	names := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		names = append(names, "@trawl-test-"+strconv.Itoa(os.Getpid()))
	}
	for _, name := range names {
		heard := listen(t, name)
		m, err := Connect(environment("NOTIFY_SOCKET=" + name))
		if err != nil {
			t.Fatal(err)
		}
		m.Ready()
		m.Status("the host \x1b[2J\nREADY=1")
		m.Status("the host \x1b[2J\nREADY=1")
		m.Stopping()
		m.Extend(time.Minute)
		for _, want := range []string{"READY=1", `STATUS=the host \x1b[2J\x0aREADY=1`, "STOPPING=1", "EXTEND_TIMEOUT_USEC=60000000"} {
			if got := heard.hear(t); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		m.Reloading()
		first, usec, _ := strings.Cut(heard.hear(t), "\nMONOTONIC_USEC=")
		if n, err := strconv.ParseInt(usec, 10, 64); first != "RELOADING=1" || runtime.GOOS == "linux" && (err != nil || n <= 0) {
			t.Errorf("%s: %q, %q", name, first, usec)
		}
		ended := m.Starts("opening the catalogue")
		for _, want := range []string{"STATUS=opening the catalogue", "EXTEND_TIMEOUT_USEC=60000000"} {
			if got := heard.hear(t); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		ended()
		m.Close()
		m.Ready() // nobody hears it
	}
}

// TestNobody says all where there is no manager.
func TestNobody(t *testing.T) {
	m, err := Connect(environment())
	if m != nil || err != nil {
		t.Fatal(m, err)
	}
	m.Ready()
	m.Reloading()
	m.Stopping()
	m.Status("x")
	m.Extend(time.Second)
	m.Starts("x")()
	m.Watch(t.Context(), nil, nil)
	m.Close()
	if _, err := Connect(environment("NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "none"))); err == nil {
		t.Error("a manager that is not there is reached")
	}
}

// TestWatch pings as long as the service answers.
func TestWatch(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	heard := listen(t, name)
	m, err := Connect(environment("NOTIFY_SOCKET="+name, "WATCHDOG_USEC=20000", "WATCHDOG_PID="+strconv.Itoa(os.Getpid())))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ctx, cancel := context.WithCancel(t.Context())
	sick, fell := make(chan struct{}), make(chan error, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Watch(ctx, func(context.Context) error {
			select {
			case <-sick:
				return errors.New("no answer")
			default:
				return nil
			}
		}, func(err error) { fell <- err })
	}()
	for range 3 {
		if got := heard.hear(t); got != "WATCHDOG=1" {
			t.Error(got)
		}
	}
	close(sick)
	if err := <-fell; err == nil {
		t.Error("no error")
	}
	if err := <-fell; err == nil {
		t.Error("no error")
	}
	cancel()
	<-ended
}

// TestWatchdog reads how often the manager wants to hear.
func TestWatchdog(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	for _, tt := range []struct {
		usec, pid string
		want      time.Duration
	}{{"30000000", pid, 30 * time.Second}, {"30000000", "", 30 * time.Second}, {"30000000", "1" + pid, 0}, {"", pid, 0}, {"-1", pid, 0}, {"rubbish", pid, 0}} {
		if got := watchdog(environment("WATCHDOG_USEC="+tt.usec, "WATCHDOG_PID="+tt.pid)); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
