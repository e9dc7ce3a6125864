package systemd

import "golang.org/x/sys/unix"

// monotonic returns the time of CLOCK_MONOTONIC in microseconds, by which the manager orders reloads.
func monotonic() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return t.Nano() / 1000
}
