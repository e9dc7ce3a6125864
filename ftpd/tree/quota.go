package tree

import (
	"io/fs"
	"sync"
)

// Quota bounds what may lie in a store: all that is there counts, whoever has written it, together with what is under way
// and what is left aside. Bytes are the sizes of plain files; folders and links count as files. 0: no bound.
type Quota struct{ Bytes, Files int64 }

// usage is how much lies in a store. It is counted once, when a quota first needs it, and then follows each change that is
// made through a View.
type usage struct {
	gate    sync.RWMutex // held for writing while anything is counted, and, once it has been, while anything is changed
	counted bool         // guarded by gate

	mu     sync.Mutex // guards what follows
	whole  amount     // what is there, and what is left aside
	flight amount     // what is reserved for uploads, less what they will replace
}

type amount struct{ bytes, files int64 }

func (a amount) negative() amount { return amount{-a.bytes, -a.files} }

// weight returns how many bytes of a quota a file takes.
func weight(i fs.FileInfo) int64 {
	if i == nil || !i.Mode().IsRegular() {
		return 0
	}
	return i.Size()
}

// change begins a change of the store. The function that it returns ends it.
func (u *usage) change() (end func()) {
	u.gate.RLock()
	if !u.counted {
		return u.gate.RUnlock
	}
	u.gate.RUnlock()
	u.gate.Lock()
	return u.gate.Unlock
}

// add follows a change.
func (u *usage) add(bytes, files int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.whole.bytes += bytes
	u.whole.files += files
}

// fits reports ErrQuota if so much more would be over the quota.
func (u *usage) fits(q *Quota, bytes, files int64) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.over(q, bytes, files)
}

func (u *usage) over(q *Quota, bytes, files int64) error {
	switch {
	case q == nil:
		return nil
	case q.Bytes > 0 && bytes > 0 && u.whole.bytes+u.flight.bytes+bytes > q.Bytes,
		q.Files > 0 && files > 0 && u.whole.files+u.flight.files+files > q.Files:
		return ErrQuota
	}
	return nil
}

// reserve sets so much aside for what is under way, or gives it back if it is less than 0.
func (u *usage) reserve(q *Quota, bytes, files int64) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.over(q, bytes, files); err != nil {
		return err
	}
	u.flight.bytes += bytes
	u.flight.files += files
	return nil
}

// settle ends an upload: what was reserved is free again, and so much more is there. It reports ErrQuota, and does nothing,
// if that is over the quota; it can be if a file was removed that the upload was to replace.
func (u *usage) settle(q *Quota, reserved, more amount) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.over(q, more.bytes-reserved.bytes, more.files-reserved.files); err != nil {
		return err
	}
	u.flight.bytes -= reserved.bytes
	u.flight.files -= reserved.files
	u.whole.bytes += more.bytes
	u.whole.files += more.files
	return nil
}

// bounded counts the store, if the view has a quota and that was not done yet.
func (v *View) bounded() error {
	if v.quota == nil {
		return nil
	}
	u := &v.store.usage
	u.gate.RLock()
	counted := u.counted
	u.gate.RUnlock()
	if counted {
		return nil
	}
	return v.store.count(func() error { return nil }, false)
}

// left returns how many bytes the quota leaves.
func (v *View) left() (int64, error) {
	if err := v.bounded(); err != nil {
		return 0, err
	}
	if v.quota.Bytes <= 0 {
		return 1<<63 - 1, nil
	}
	u := &v.store.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	return max(0, v.quota.Bytes-u.whole.bytes-u.flight.bytes), nil
}

// Used returns how much lies in the store, with what is under way and what is left aside. It is 0 until something is
// counted.
func (s *Store) Used() Quota {
	u := &s.usage
	u.gate.RLock()
	defer u.gate.RUnlock()
	if !u.counted {
		return Quota{}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return Quota{Bytes: u.whole.bytes + u.flight.bytes, Files: u.whole.files + u.flight.files}
}

// reserveUpTo reserves up to n bytes, as many as the quota leaves.
func (u *usage) reserveUpTo(q *Quota, n int64) int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if q != nil && q.Bytes > 0 {
		n = max(0, min(n, q.Bytes-u.whole.bytes-u.flight.bytes))
	}
	u.flight.bytes += n
	return n
}
