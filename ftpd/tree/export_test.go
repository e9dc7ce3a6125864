package tree

// Walk makes the store reach files with a system call for each part of a path, as where the kernel has no openat2.
func (s *Store) Walk() { s.disk.walks.Store(true) }

// Die leaves an upload as a process leaves it that is killed.
func (u *Upload) Die() { u.f.Close() }

// Reserved returns what is reserved for uploads.
func (s *Store) Reserved() (bytes, files int64) {
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	return s.usage.flight.bytes, s.usage.flight.files
}
