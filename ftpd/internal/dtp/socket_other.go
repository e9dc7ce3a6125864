//go:build !linux

package dtp

// acked knows nothing on this system: what has gone to the system is all that counts.
func acked(int) uint64 { return 0 }

// connected knows nothing on this system either: one who has connected may be gone again before accept(2).
func connected(int) bool { return false }

// systemPorts leaves the choice to this system.
func systemPorts() Ports { return Ports{} }

// unacked knows nothing on this system either.
func unacked(int) (int, error) { return 0, nil }

// boundUnsent leaves the bound to this system.
func boundUnsent(int, int) {}
